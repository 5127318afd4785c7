"""Formal proofs of the array: what holds for all inputs and for all time.

Each module states what one component owes; `rtl.proofs.catalog` lists all. docs/proofs.md tells
what is proved, for which sizes and by which argument.
"""
