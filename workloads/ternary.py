"""Ternary matrices: quantised from float weights, and packed four to a byte as in checkpoints.

A weight w in {-1, 0, +1} has the 2-bit code w + 1; code 3 is illegal. With R = ceil(N / 4), byte
[r, k] of the packed form of w[N, K] holds rows r, r + R, r + 2R and r + 3R in bits 0-1, 2-3, 4-5
and 6-7. Rows beyond N are padding. Source: Hugging Face transformers, `integrations/bitnet.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workloads.errors import InputError, require_int
from workloads.float_matrix import split_rows

CODES_PER_BYTE = 4
_CHUNK_BYTES = 1 << 18  # stays in a core's cache


def pack(ternary: NDArray[np.integer[Any]]) -> NDArray[np.uint8]:
    """Pack ternary[N, K] in {-1, 0, +1} into uint8[ceil(N / 4), K]; padding rows get code 0.

    >>> pack(np.array([[-1], [0], [1], [-1], [1]])).tolist()  # 0 | 2 << 2 | 2 << 4; 1 | 0 << 2
    [[40], [1]]
    """
    if ternary.ndim != 2 or ternary.size == 0:
        raise InputError(f"ternary must be a matrix with elements, not of shape {ternary.shape}")
    if ternary.min() < -1 or ternary.max() > 1:
        raise InputError(f"ternary must hold -1, 0 and +1, not {ternary.min()} to {ternary.max()}")
    n, k = ternary.shape
    packed_rows = -(-n // CODES_PER_BYTE)
    codes = np.zeros((CODES_PER_BYTE * packed_rows, k), np.uint8)
    np.add(ternary, 1, out=codes[:n], casting="unsafe")
    packed = np.zeros((packed_rows, k), np.uint8)
    for slot in range(CODES_PER_BYTE):
        packed |= codes[slot * packed_rows : (slot + 1) * packed_rows] << 2 * slot
    return packed


def pack_codes(n: int, k: int, read: Callable[[slice], NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Pack the codes of w[n, k], asking `read` for uint8[rows, k] of a few rows at a time."""
    packed_rows = -(-n // CODES_PER_BYTE)
    packed = np.zeros((packed_rows, k), np.uint8)
    for slot in range(CODES_PER_BYTE):
        first = slot * packed_rows
        for rows in split_rows(max(0, min(packed_rows, n - first)), k):
            packed[rows] |= read(slice(first + rows.start, first + rows.stop)) << 2 * slot
    return packed


def unpack(packed: NDArray[np.uint8], rows: int) -> NDArray[np.int8]:
    """Return the ternary int8[rows, K] that `packed` uint8[ceil(rows / 4), K] holds.

    Raises InputError for a wrong dtype or number of rows, or an illegal code.
    """
    return TernaryMatrix(packed=packed, rows=rows).unpack()


@dataclass(frozen=True, kw_only=True, eq=False)
class TernaryMatrix:
    """w[N, K] in {-1, 0, +1}, kept packed: the handle that a matmul backend is given.

    Construction reads every byte once, so that an illegal code is found before any work.

    Attributes
    ----------
    packed : uint8[ceil(N / 4), K], C order; may be a read-only memory map.
    rows : N.
    zeros : number of zero weights.

    Raises
    ------
    InputError : for a wrong dtype, number of rows, or code 0b11, which it locates.
    """

    packed: NDArray[np.uint8]
    rows: int
    zeros: int = field(init=False)

    def __post_init__(self) -> None:
        """Check the bytes and count the zeros."""
        require_int("rows", self.rows)
        if self.packed.dtype != np.uint8 or self.packed.ndim != 2 or self.packed.shape[1] == 0:
            raise InputError(
                f"packed must be a uint8 matrix, not {self.packed.dtype} {self.packed.shape}"
            )
        if self.packed.shape[0] != -(-self.rows // CODES_PER_BYTE):
            raise InputError(
                f"packed must have {-(-self.rows // CODES_PER_BYTE)} rows to hold"
                f" {self.rows} of w, not {self.packed.shape[0]}"
            )
        object.__setattr__(self, "packed", np.ascontiguousarray(self.packed))
        object.__setattr__(self, "zeros", _count_zeros(self.packed, self.rows))

    @classmethod
    def from_ternary(cls, ternary: NDArray[np.integer[Any]]) -> TernaryMatrix:
        """Pack ternary[N, K]; raises InputError."""
        return cls(packed=pack(ternary), rows=ternary.shape[0])

    @property
    def shape(self) -> tuple[int, int]:
        """(N, K)."""
        return self.rows, int(self.packed.shape[1])

    @property
    def zero_fraction(self) -> float:
        """Share of zero weights, 0 to 1."""
        n, k = self.shape
        return self.zeros / (n * k)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the packed bytes in row-major order, as hexadecimal digits."""
        return hashlib.sha256(self.packed.data).hexdigest()

    def unpack(self) -> NDArray[np.int8]:
        """Return w as int8[N, K]."""
        packed_rows, k = self.packed.shape
        codes = np.empty((CODES_PER_BYTE, packed_rows, k), np.uint8)
        for slot in range(CODES_PER_BYTE):
            np.right_shift(self.packed, 2 * slot, out=codes[slot])
            codes[slot] &= 3
            codes[slot] -= 1
        return codes.view(np.int8).reshape(-1, k)[: self.rows]


def _count_zeros(packed: NDArray[np.uint8], rows: int) -> int:
    """Count code 1 in the first `rows` rows of w; raises InputError at the first code 3."""
    flat = packed.reshape(-1)
    whole = flat.size - flat.size % 8
    zeros = 0
    for start in range(0, flat.size, _CHUNK_BYTES):
        chunk = flat[start : start + _CHUNK_BYTES]
        # Eight bytes at a time; what >> brings over from the next byte falls on a masked bit.
        words = chunk.view(np.uint64) if start + chunk.size <= whole else chunk
        low = words & words.dtype.type(0x5555555555555555 & np.iinfo(words.dtype).max)
        high = words >> 1
        if (low & high).any():
            raise InputError(_locate_code_3(packed))
        zeros += int(np.bitwise_count(low).sum(dtype=np.int64))  # no code 3, so low is code 1
    for row in range(rows, CODES_PER_BYTE * len(packed)):
        slot, packed_row = divmod(row, len(packed))
        zeros -= int(np.count_nonzero((packed[packed_row] >> 2 * slot & 3) == 1))
    return zeros


def _locate_code_3(packed: NDArray[np.uint8]) -> str:
    for slot in range(CODES_PER_BYTE):
        for packed_row, line in enumerate(packed):
            illegal = (line >> 2 * slot & 3) == 3
            if illegal.any():
                row, column = slot * len(packed) + packed_row, int(np.argmax(illegal))
                return f"packed must hold codes 0 to 2, not code 3 at row {row}, column {column}"
    raise AssertionError("called without a code 3")
