"""The array's streams as bytes, beat by beat, in the order of the loop nest.

For whoever feeds the streams beat by beat: a host behind a link, a test bench in Verilog. Written
from docs/specification.md alone. The compiled simulation has its own, faster way (`rtl/tiling.py`,
`rtl/driver.cpp`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rtl.config import ArrayConfig


@dataclass(frozen=True, kw_only=True)
class Fold:
    """What a fold takes from the streams.

    Attributes
    ----------
    weights : uint8 [tiles of the strip x B, ceil(W / 8)]
    activations : uint8 [tokens of the block, L]
    results : beats that it gives: tokens x tiles in the last lane tile, otherwise 0.
    """

    weights: NDArray[np.uint8]
    activations: NDArray[np.uint8]
    results: int


def cut_folds(x: NDArray[np.int8], w: NDArray[np.int8], config: ArrayConfig) -> Iterator[Fold]:
    """Yield the folds of y[M, N] = x[M, K] @ w[N, K].T, w in {-1, 0, +1}, in order."""
    lanes, columns = config.lanes, config.columns
    k_padding, n_padding = -x.shape[1] % lanes, -len(w) % columns
    x = np.pad(x, ((0, 0), (0, k_padding)))
    w = np.pad(w, ((0, n_padding), (0, k_padding)))
    column_tiles, lane_tiles = len(w) // columns, x.shape[1] // lanes
    tiles = w.reshape(column_tiles, columns, lane_tiles, lanes).transpose(0, 2, 3, 1)
    for token in range(0, len(x), config.token_depth):
        block = x[token : token + config.token_depth]
        for tile in range(0, column_tiles, config.strip_depth):
            strip = tiles[tile : tile + config.strip_depth]
            for k in range(lane_tiles):
                yield Fold(
                    weights=np.concatenate([cut_tile(one[k], config) for one in strip]),
                    activations=block[:, k * lanes : (k + 1) * lanes].view(np.uint8),
                    results=len(block) * len(strip) if k == lane_tiles - 1 else 0,
                )


def cut_tile(tile: NDArray[np.int8], config: ArrayConfig) -> NDArray[np.uint8]:
    """Return the beats of a tile, ternary int8 [L, C], as uint8 [B, ceil(W / 8)]."""
    codes = np.zeros(config.beats_per_tile * config.codes_per_beat, np.uint8)
    codes[: config.codes_per_tile] = _encode(tile, config).reshape(-1)
    planes = np.arange(config.code_bits, dtype=np.uint8)[:, None]
    bits = codes.reshape(-1, 1, config.codes_per_beat) >> planes & 1
    bits = bits.reshape(config.beats_per_tile, -1)
    padding = -(-config.weight_bus_bits // 8) * 8 - bits.shape[1]
    return np.packbits(np.pad(bits, ((0, 0), (0, padding))), axis=1, bitorder="little")


def _encode(tile: NDArray[np.int8], config: ArrayConfig) -> NDArray[np.uint8]:
    """Return the codes [ceil(L / h), C] of a tile [L, C]."""
    held = config.code_lanes
    padded = np.pad(tile.astype(np.int16), ((0, -len(tile) % held), (0, 0)))
    weights = padded.reshape(-1, held, tile.shape[1])
    powers = 3 ** np.arange(held, dtype=np.int16)[:, None]
    if config.packing == "group":
        value = (weights * powers).sum(axis=1)
        sign = (value < 0).astype(np.int16) << (config.code_bits - 1)
        codes = np.abs(value) | sign
    else:
        codes = ((weights + 1) * powers).sum(axis=1)
    return np.asarray(codes, np.uint8)


def join_results(
    beats: NDArray[np.uint8], tokens: int, features: int, config: ArrayConfig
) -> NDArray[np.int32]:
    """Return int32 [tokens, features] from all result beats, uint8 [beats, ceil(A C / 8)]."""
    width, columns, depth = config.accumulator_width, config.columns, config.strip_depth
    bits = np.unpackbits(beats, axis=1, bitorder="little", count=width * columns)
    planes = bits.reshape(len(beats), width, columns).astype(np.int32)
    worth = np.left_shift(np.int32(1), np.arange(width, dtype=np.int32))
    worth[-1] = -worth[-1]
    sums = np.einsum("bpc,p->bc", planes, worth)
    y = np.empty((tokens, -(-features // columns), columns), np.int32)
    place = 0
    for token in range(0, tokens, config.token_depth):
        for tile in range(0, y.shape[1], depth):
            part = y[token : token + config.token_depth, tile : tile + depth]
            count = part.shape[0] * part.shape[1]
            part[:] = sums[place : place + count].reshape(part.shape)
            place += count
    return y.reshape(tokens, -1)[:, :features]
