"""Proofs of the parts that only the style `systolic` has."""
