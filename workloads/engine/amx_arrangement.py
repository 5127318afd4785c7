"""Tokens as AMX wants them, and its products as y has them."""

import numpy as np
from numpy.typing import NDArray

from workloads.compilation import Array, kernel
from workloads.engine.amx_tiles import SIDE, STEP, TILE
from workloads.engine.amx_transposition import transpose
from workloads.engine.memory import allocate


def arrange(x: NDArray[np.int8]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the tiles of x int8[M, K] and the sums of its rows.

    Element [b, s, 16 i + j] of int32[2 B, S, 256], with B = ceil(M / 32) and S = ceil(K / 64), is
    four int8 from column 64 s + 4 i on of row 16 b + j; zeros where x ends. Of int32[2, 32 B] the
    first row has the sums, the second zeros.
    """
    m, k = x.shape
    blocks, steps = 2 * -(-m // (2 * SIDE)), -(-k // STEP)
    rows = np.zeros((blocks * SIDE, steps * STEP), np.int8)
    rows[:m, :k] = x
    tiles = allocate((blocks, steps, SIDE * SIDE), np.int32)
    sums = np.zeros((2, len(rows)), np.int32)
    _fill_tiles(rows, tiles, sums)
    return tiles, sums


@kernel
def write(
    product: Array,
    turns: int,
    first: int,
    last: int,
    offsets: Array,
    y: Array,
    packed_rows: int,
    added: bool,
) -> None:
    """Turn the tiles of packed rows `first` to `last` over into y, neighbours after each other."""
    for turn in range(turns):
        for part in range(4):
            slot, block = turn % 2 * 2 + part // 2, turn // 2 * 2 + part % 2
            for r in range(first, last, SIDE):
                tile = ((r - first) // SIDE * turns + turn) * 4 + part
                rows, n = min(SIDE, last - r), slot * packed_rows + r
                _write_tile(product, tile, offsets, block, y, n, rows, added)


@kernel
def _write_tile(
    product: Array,
    tile: int,
    offsets: Array,
    block: int,
    y: Array,
    n: int,
    rows: int,
    added: bool,
) -> None:
    """Put a tile [rows, tokens] into y[tokens, n and following], less the offsets of the tokens."""
    first = block * SIDE
    tokens = min(SIDE, len(y) - first)
    rows = min(rows, y.shape[1] - n)
    if tokens == SIDE and rows == SIDE:
        to = (first * y.shape[1] + n) * 4
        stride = y.shape[1] * 4
        if added:
            transpose(product, tile * TILE, 64, y, to, stride, offsets, first, True)
        else:
            transpose(product, tile * TILE, 64, y, to, stride, offsets, first, False)
        return
    for m in range(tokens):
        for i in range(rows):
            value = np.int32(product[tile * 256 + i * SIDE + m] - offsets[first + m])
            y[first + m, n + i] = np.int32(value + y[first + m, n + i]) if added else value


@kernel
def _fill_tiles(rows: Array, tiles: Array, sums: Array) -> None:
    """Rows int8[16 blocks, 64 steps] to tiles int32, and the sum of each row."""
    blocks, steps = len(rows) // SIDE, rows.shape[1] // STEP
    for block in range(blocks):
        for step in range(steps):
            source = block * SIDE * steps * STEP + step * STEP
            target = (block * steps + step) * TILE
            transpose(rows, source, steps * STEP, tiles, target, 64, sums[1], 0, False)
    for m in range(len(rows)):
        total = np.int32(0)
        for k in range(rows.shape[1]):
            total = np.int32(total + np.int32(rows[m, k]))
        sums[0, m] = total
