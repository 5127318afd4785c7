"""Matrices as the array's streams want them: weights in tiles, activations in whole lane tiles.

A matrix is packed once, tile by tile. The driver (`rtl/driver.cpp`) cuts tiles into beats and
looks them up by (n, k), so that blocks of tokens that use a tile again share its memory.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rtl.config import ArrayConfig
from workloads.compilation import kernel
from workloads.errors import InputError, require_int


@dataclass(frozen=True, kw_only=True)
class WeightTiles:
    """A weight matrix in the layout of the weight stream.

    Attributes
    ----------
    config : the array whose tiles these are.
    n, k : output and input features of the matrix, without padding.
    words : uint64 [Nt, Kt, ceil(B W / 64)]; bit i of a tile's string is bit i % 64 of word i // 64.
    """

    config: ArrayConfig
    n: int
    k: int
    words: NDArray[np.uint64]


def pack_weights(w: NDArray[np.int8], config: ArrayConfig) -> WeightTiles:
    """Return the tiles of `w`, int8 [N, K] in {-1, 0, +1}; raises InputError."""
    w = require_matrix("w", w, np.int8)
    words, bad_row = _pack(w.view(np.uint8), False, len(w), config)
    if bad_row >= 0:
        bad = np.flatnonzero(np.abs(w[bad_row].astype(np.int16)) > 1)[0]
        raise InputError(f"w must be -1, 0 or 1, not {w[bad_row, bad]} at [{bad_row}, {bad}]")
    return WeightTiles(config=config, n=len(w), k=w.shape[1], words=words)


def pack_weight_bytes(packed: NDArray[np.uint8], n: int, config: ArrayConfig) -> WeightTiles:
    """Return the tiles of a matrix in the 2-bit form of Hugging Face checkpoints.

    Parameters
    ----------
    packed : uint8 [R, K] with R = ceil(n / 4); byte [r, k] holds w + 1 of rows r, r + R, r + 2 R
        and r + 3 R, the first in its low bits (transformers, `integrations/bitnet.py`).
    n : output features.

    Raises
    ------
    InputError : another type or shape, or an illegal code.
    """
    packed = require_matrix("packed", packed, np.uint8)
    n = require_int("n", n)
    if len(packed) != -(-n // 4):
        raise InputError(f"packed must have ceil(n / 4) = {-(-n // 4)} rows, not {len(packed)}")
    words, bad_row = _pack(packed, True, n, config)
    if bad_row >= 0:
        codes = packed[bad_row % len(packed)] >> (2 * (bad_row // len(packed))) & 3
        bad = np.flatnonzero(codes == 3)[0]
        raise InputError(f"packed must hold codes 0, 1 or 2, not 3 for w[{bad_row}, {bad}]")
    return WeightTiles(config=config, n=n, k=packed.shape[1], words=words)


def pad_activations(x: NDArray[np.int8], config: ArrayConfig) -> NDArray[np.int8]:
    """Return `x`, int8 [M, K], with zeros up to whole lane tiles: [M, Kt L]; raises InputError."""
    x = require_matrix("x", x, np.int8)
    padding = -x.shape[1] % config.lanes
    return np.pad(x, ((0, 0), (0, padding))) if padding else x


def require_matrix(name: str, value: object, dtype: type[np.generic]) -> NDArray:
    """Return `value`, contiguous, if it is a matrix of `dtype` and not empty; raises InputError."""
    if isinstance(value, np.ndarray) and value.dtype == dtype and value.ndim == 2 and value.size:
        return np.ascontiguousarray(value)
    found = (
        f"{value.dtype} {list(value.shape)}"
        if isinstance(value, np.ndarray)
        else f"{type(value).__name__}"
    )
    raise InputError(f"{name} must be a matrix of {np.dtype(dtype)}, not {found}")


def _pack(
    matrix: NDArray[np.uint8], packed: bool, n: int, config: ArrayConfig
) -> tuple[NDArray[np.uint64], int]:
    beat_bits = config.beats_per_tile * config.weight_bus_bits
    column_tiles, lane_tiles = -(-n // config.columns), -(-matrix.shape[1] // config.lanes)
    words = np.zeros((column_tiles, lane_tiles, -(-beat_bits // 64)), np.uint64)
    return words, _pack_tiles(matrix, packed, n, config.lanes, config.columns, words)


@kernel
def _pack_tiles(
    matrix: NDArray[np.uint8],
    packed: bool,
    n: int,
    lanes: int,
    columns: int,
    words: NDArray[np.uint64],
) -> int:
    """Fill words[Nt, Kt, :], zeros, from w[N, K] or its bytes; return an illegal row or -1."""
    features = matrix.shape[1]
    codes = np.empty(features, np.uint8)
    low = np.empty(words.shape[1] * lanes, np.uint64)
    high = np.empty(words.shape[1] * lanes, np.uint64)
    for tile in range(words.shape[0]):
        for first in range(0, columns, 64):
            width = min(64, columns - first)
            # Padding has code 1, the code of a zero weight.
            low[:] = np.uint64(0xFFFFFFFFFFFFFFFF) >> np.uint64(64 - width)
            high[:] = 0
            for bit in range(min(width, n - tile * columns - first)):
                row = tile * columns + first + bit
                if not _read_codes(matrix, packed, row, codes):
                    return row
                shift = np.uint64(bit)
                for k in range(features):
                    code = np.uint64(codes[k])
                    low[k] ^= ((code & np.uint64(1)) ^ np.uint64(1)) << shift
                    high[k] |= (code >> np.uint64(1)) << shift
            for k in range(len(low)):
                string = words[tile, k // lanes]
                start = k % lanes * 2 * columns + first
                _put_bits(string, start, width, low[k])
                _put_bits(string, start + columns, width, high[k])
    return -1


@kernel
def _read_codes(
    matrix: NDArray[np.uint8], packed: bool, row: int, codes: NDArray[np.uint8]
) -> bool:
    """Set codes[K] to the codes of matrix row `row`; return whether all are legal."""
    highest = np.uint8(0)
    source = row % matrix.shape[0] if packed else row
    shift = np.uint8(2 * (row // matrix.shape[0])) if packed else np.uint8(0)
    increment = np.uint8(0) if packed else np.uint8(1)
    mask = np.uint8(3) if packed else np.uint8(0xFF)
    for k in range(len(codes)):
        code = np.uint8(((matrix[source, k] + increment) >> shift) & mask)
        codes[k] = code
        highest = max(highest, code)
    return bool(highest <= 2)


@kernel
def _put_bits(string: NDArray[np.uint64], start: int, width: int, value: np.uint64) -> None:
    """Set bits start to start + width - 1 of the zeroed uint64 string to `value`."""
    word, shift = start // 64, start % 64
    string[word] |= value << np.uint64(shift)
    if shift + width > 64:
        string[word + 1] |= value >> np.uint64(64 - shift)
