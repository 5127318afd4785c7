"""Proofs of the AXI core around an array of any style."""
