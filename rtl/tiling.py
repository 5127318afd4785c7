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


def list_codes(config: ArrayConfig) -> NDArray[np.uint8]:
    """Return the code of every number sum of (w_i + 1) 3**i, uint8 [3**h]."""
    numbers = np.arange(3**config.code_lanes)
    if config.packing != "group":
        return numbers.astype(np.uint8)
    values = numbers - numbers[-1] // 2
    sign = np.where(values < 0, 1 << (config.code_bits - 1), 0)
    codes: NDArray[np.uint8] = (np.abs(values) | sign).astype(np.uint8)
    return codes


def _pack(
    matrix: NDArray[np.uint8], packed: bool, n: int, config: ArrayConfig
) -> tuple[NDArray[np.uint64], int]:
    beat_bits = config.beats_per_tile * config.weight_bus_bits
    column_tiles, lane_tiles = -(-n // config.columns), -(-matrix.shape[1] // config.lanes)
    words = np.zeros((column_tiles, lane_tiles, -(-beat_bits // 64)), np.uint64)
    layout = (config.lanes, config.columns, config.code_lanes, config.code_bits)
    beat = (config.codes_per_beat, config.weight_bus_bits)
    return words, _pack_tiles(matrix, packed, n, layout, beat, list_codes(config), words)


@kernel
def _pack_tiles(
    matrix: NDArray[np.uint8],
    packed: bool,
    n: int,
    layout: tuple[int, int, int, int],
    beat: tuple[int, int],
    codes: NDArray[np.uint8],
    words: NDArray[np.uint64],
) -> int:
    """Fill words[Nt, Kt, :], zeros, from w[N, K] or its bytes; return an illegal row or -1.

    layout is (L, C, h, b), beat (q, W), and codes as `list_codes` gives them.
    """
    lanes, columns, code_lanes, code_bits = layout
    rows = -(-lanes // code_lanes)  # of codes in a tile
    trits = np.ones(words.shape[1] * lanes, np.uint8)
    row_codes = np.empty(words.shape[1] * rows, np.uint8)
    planes = np.empty((code_bits, len(row_codes)), np.uint64)
    for tile in range(words.shape[0]):
        for first in range(0, columns, 64):
            width = min(64, columns - first)
            planes[:] = 0
            for bit in range(width):
                row = tile * columns + first + bit
                if row >= n:
                    row_codes[:] = codes[len(codes) // 2]  # of zero weights
                elif _read_trits(matrix, packed, row, trits):
                    _join_trits(trits, lanes, code_lanes, codes, row_codes)
                else:
                    return row
                for plane in range(code_bits):
                    for i in range(len(row_codes)):
                        one = (row_codes[i] >> np.uint8(plane)) & np.uint8(1)
                        planes[plane, i] |= np.uint64(one) << np.uint64(bit)
            for i in range(len(row_codes)):
                start = i % rows * columns + first
                _put_codes(words[tile, i // rows], start, width, beat, planes, i)
    return -1


@kernel
def _read_trits(
    matrix: NDArray[np.uint8], packed: bool, row: int, trits: NDArray[np.uint8]
) -> bool:
    """Set trits[:K] to w + 1 of matrix row `row`; return whether all are legal."""
    highest = np.uint8(0)
    source = row % matrix.shape[0] if packed else row
    shift = np.uint8(2 * (row // matrix.shape[0])) if packed else np.uint8(0)
    increment = np.uint8(0) if packed else np.uint8(1)
    mask = np.uint8(3) if packed else np.uint8(0xFF)
    for k in range(matrix.shape[1]):
        trit = np.uint8(((matrix[source, k] + increment) >> shift) & mask)
        trits[k] = trit
        highest = max(highest, trit)
    return bool(highest <= 2)


@kernel
def _join_trits(
    trits: NDArray[np.uint8],
    lanes: int,
    code_lanes: int,
    codes: NDArray[np.uint8],
    row_codes: NDArray[np.uint8],
) -> None:
    """Set row_codes[Kt ceil(L / h)] from trits[Kt L]; lanes beyond L have weight 0."""
    if code_lanes == 1:
        row_codes[:] = trits
        return
    rows = -(-lanes // code_lanes)
    for tile in range(len(trits) // lanes):
        for row in range(rows):
            number, scale = 0, 1
            for lane in range(row * code_lanes, (row + 1) * code_lanes):
                number += scale * (trits[tile * lanes + lane] if lane < lanes else 1)
                scale *= 3
            row_codes[tile * rows + row] = codes[number]


@kernel
def _put_codes(
    string: NDArray[np.uint64],
    start: int,
    width: int,
    beat: tuple[int, int],
    planes: NDArray[np.uint64],
    i: int,
) -> None:
    """Set codes start to start + width - 1 of the tile's zeroed string from planes[:, i]."""
    codes, bits = beat
    done = 0
    while done < width:
        number, place = divmod(start + done, codes)
        count = min(width - done, codes - place)
        mask = np.uint64(0xFFFFFFFFFFFFFFFF) >> np.uint64(64 - count)
        for plane in range(len(planes)):
            value = (planes[plane, i] >> np.uint64(done)) & mask
            bit = number * bits + plane * codes + place
            word, shift = bit >> 6, bit & 63
            string[word] |= value << np.uint64(shift)
            if shift + count > 64:
                string[word + 1] |= value >> np.uint64(64 - shift)
        done += count
