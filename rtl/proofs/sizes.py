"""The small arrays of which whole proofs are made: the least in which all that can interleave does.

Three lanes are a group and a part of one; tiles have two beats, blocks two tokens.
"""

from dataclasses import replace

from rtl.config import ArrayConfig

SMALL = ArrayConfig(lanes=3, columns=1, token_depth=2, accumulator_width=10, weight_bus_bits=4)
SMALL_CARRY = replace(SMALL, columns=2, weight_bus_bits=6, tree_registers=1, adders="carry")
SMALL_GRID = ArrayConfig(
    style="systolic", lanes=2, columns=2, token_depth=2, accumulator_width=10, weight_bus_bits=4
)
SMALL_TABLE = replace(SMALL, style="table", group=2, strip_depth=2)
SMALL_GROUPS = replace(SMALL_TABLE, packing="group", tree_registers=3)
