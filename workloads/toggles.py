"""Bits that flip inside an array while it works through one matmul.

Beats are counted in the order of the loop nest in docs/specification.md: for each block of
`token_depth` tokens, for each column tile, for each lane tile, for each token of the block. What
flips between beats, in stall cycles, is not counted. Lanes beyond K and columns beyond N hold 0,
and all is 0 before the first beat.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from workloads.compilation import Array, kernel
from workloads.errors import InputError, require_int
from workloads.statistics import count_differing_bits


def count_input_toggles(
    x: NDArray[np.int8], *, lanes: int, token_depth: int, column_tiles: int
) -> int:
    """Count the flips in the input registers: `lanes` int8 values of x int8[M, K] a beat.

    Raises InputError.
    """
    require_int("lanes", lanes)
    require_int("token_depth", token_depth)
    require_int("column_tiles", column_tiles)
    _check("x", x)
    lane_tiles = -(-x.shape[1] // lanes)
    padded = np.zeros((len(x), lane_tiles * lanes), np.int8)
    padded[:, : x.shape[1]] = x
    last = np.zeros(lanes, np.int8)
    toggles = 0
    for start in range(0, len(x), token_depth):
        block = padded[start : start + token_depth].reshape(-1, lane_tiles, lanes)
        beats = block.swapaxes(0, 1).reshape(-1, lanes)  # the same for every column tile
        within = count_differing_bits(beats[1:], beats[:-1])
        between = count_differing_bits(beats[-1], beats[0])
        toggles += count_differing_bits(last, beats[0])
        toggles += column_tiles * within + (column_tiles - 1) * between
        last = beats[-1]
    return toggles


def count_operand_toggles(
    x: NDArray[np.int8], w: NDArray[np.int8], *, lanes: int, columns: int, token_depth: int
) -> int:
    """Count the flips of the operands in front of the adders, eight bits a lane and column.

    The operand of x int8[M, K] and w int8[N, K] in {-1, 0, +1} is x for +1, its one's complement
    for -1 (the 1 that makes it -x is added apart), and 0 for 0. Raises InputError.
    """
    require_int("token_depth", token_depth)
    values, weights = _pad(x, w, lanes, columns)
    return int(_count_operand_toggles(values.view(np.uint8), weights, lanes, columns, token_depth))


def count_lookup_toggles(
    x: NDArray[np.int8],
    w: NDArray[np.int8],
    *,
    lanes: int,
    columns: int,
    token_depth: int,
    strip_depth: int,
    group: int,
) -> int:
    """Count the flips of the sums that columns look up, one for every `group` of up to 3 lanes.

    A group whose last weight other than 0 is -1 looks the sum for the opposite weights up; it is
    negated later. A token's beat is used for the `strip_depth` column tiles of a strip, one after
    the other. Raises InputError.
    """
    require_int("token_depth", token_depth)
    require_int("strip_depth", strip_depth)
    require_int("group", group, 1, 3)
    values, weights = _pad(x, w, lanes, columns)
    return int(
        _count_lookup_toggles(values, weights, lanes, columns, token_depth, strip_depth, group)
    )


def _pad(
    x: NDArray[np.int8], w: NDArray[np.int8], lanes: int, columns: int
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Return both checked, and padded with 0 to whole tiles."""
    require_int("lanes", lanes)
    require_int("columns", columns)
    _check("x", x)
    _check("w", w)
    if x.shape[1] != w.shape[1]:
        raise InputError(f"x must have w's K = {w.shape[1]} columns, not {x.shape[1]}")
    if w.min() < -1 or w.max() > 1:
        raise InputError(f"w must hold -1, 0 and +1, not {w.min()} to {w.max()}")
    lane_tiles, column_tiles = -(-x.shape[1] // lanes), -(-w.shape[0] // columns)
    values = np.zeros((len(x), lane_tiles * lanes), np.int8)
    values[:, : x.shape[1]] = x
    weights = np.zeros((column_tiles * columns, lane_tiles * lanes), np.int8)
    weights[: w.shape[0], : w.shape[1]] = w
    return values, weights


def _check(name: str, matrix: NDArray[np.int8]) -> None:
    if matrix.dtype != np.int8 or matrix.ndim != 2 or matrix.size == 0:
        raise InputError(
            f"{name} must be an int8 matrix with elements, not {matrix.dtype} {matrix.shape}"
        )


@kernel
def _count_operand_toggles(x: Array, w: Array, lanes: int, columns: int, token_depth: int) -> int:
    """x uint8[M, lane tiles * lanes], w int8[column tiles * columns, lane tiles * lanes]."""
    operands = np.zeros((columns, lanes), np.uint8)
    toggles = 0
    for block in range(0, x.shape[0], token_depth):
        for n in range(0, w.shape[0], columns):
            for k in range(0, x.shape[1], lanes):
                for m in range(block, min(block + token_depth, x.shape[0])):
                    for c in range(columns):
                        beat = np.uint32(0)
                        for lane in range(lanes):
                            weight = w[n + c, k + lane]
                            used = np.uint8(weight & 1) * np.uint8(255)
                            inverted = np.uint8(weight >> 1)  # 255 for -1, else 0
                            operand = np.uint8((x[m, k + lane] ^ inverted) & used)
                            beat += _count_ones(operand ^ operands[c, lane])
                            operands[c, lane] = operand
                        toggles += int(beat)
    return toggles


@kernel
def _count_lookup_toggles(
    x: Array, w: Array, lanes: int, columns: int, token_depth: int, strip_depth: int, group: int
) -> int:
    """x int8[M, lane tiles * lanes], w int8[column tiles * columns, lane tiles * lanes]."""
    sums = np.zeros((columns, lanes), np.int32)
    toggles = 0
    strip = strip_depth * columns
    for block in range(0, x.shape[0], token_depth):
        for n in range(0, w.shape[0], strip):
            for k in range(0, x.shape[1], lanes):
                for m in range(block, min(block + token_depth, x.shape[0])):
                    for row in range(n, min(n + strip, w.shape[0])):
                        column = row % columns
                        for lane in range(0, lanes, group):
                            total, sign = 0, 0
                            for i in range(k + lane, k + min(lane + group, lanes)):
                                total += int(x[m, i]) * int(w[row, i])
                                if w[row, i] != 0:
                                    sign = int(w[row, i])
                            total *= sign
                            flips = total ^ sums[column, lane]
                            # 8 bits for one lane, 9 for two, 10 for three
                            high = (flips >> 8) & ((1 << (group - 1)) - 1)
                            toggles += _count_ones(np.uint8(flips & 255))
                            toggles += _count_ones(np.uint8(high))
                            sums[column, lane] = total
    return toggles


@kernel
def _count_ones(byte: Any) -> Any:
    """Bits that are 1 in a byte."""
    pairs = np.uint8(byte) - ((np.uint8(byte) >> np.uint8(1)) & np.uint8(0x55))
    fours = (pairs & np.uint8(0x33)) + ((pairs >> np.uint8(2)) & np.uint8(0x33))
    return np.uint8((fours + (fours >> np.uint8(4))) & np.uint8(0x0F))
