"""Proofs of the parts that only the style `tree` has."""
