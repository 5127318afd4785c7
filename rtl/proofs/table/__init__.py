"""Proofs of the parts that only the style `table` has."""
