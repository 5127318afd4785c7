"""Few tokens on any processor: the loops of `gemv_avx2`, left to the compiler.

A byte serves four rows of w. The code of row r + i R stays where it is, at 4**i times its value,
and the sum is shifted instead. As a code is w + 1, the sum of x is subtracted.
"""

from typing import Any

import numpy as np

from workloads.compilation import Array, kernel
from workloads.engine.lowering import add_atomically
from workloads.engine.threads import share

_CHUNK_BYTES = 1 << 16  # packed bytes that a thread takes at a time
# Columns summed before the shift: 2**16 products of at most 128 * (2 << 6) are 2**30.
_BLOCK = 1 << 16


def multiply(threads: int, packed: Array, x: Array, y: Array) -> None:
    """packed uint8[R, K], x int8[M, K] to y int32[M, N], all in C order."""
    rows = max(1, _CHUNK_BYTES // packed.shape[1])
    share(threads, -(-len(packed) // rows), _multiply, rows, packed, x, y)


@kernel
def _multiply(counters: Array, chunk: int, packed: Array, x: Array, y: Array) -> None:
    """Compute `multiply`, `chunk` packed rows at a time."""
    while True:
        first = add_atomically(counters, 0, 1) * chunk
        if first >= len(packed):
            return
        multiply_rows(first, min(first + chunk, len(packed)), packed, x, y)
        add_atomically(counters, 1, 1)


@kernel
def multiply_rows(first: int, last: int, packed: Array, x: Array, y: Array) -> None:
    """Compute what packed rows `first` to `last` contribute to y."""
    packed_rows, columns = packed.shape
    for m in range(len(x)):
        offset = np.int32(0)
        for k in range(columns):
            offset = np.int32(offset + np.int32(x[m, k]))
        for r in range(first, last):
            s0 = s1 = s2 = s3 = -offset
            for k in range(0, columns, _BLOCK):
                d0, d1, d2, d3 = _dot(packed[r, k : k + _BLOCK], x[m, k : k + _BLOCK])
                s0, s1 = np.int32(s0 + d0), np.int32(s1 + (d1 >> 2))
                s2, s3 = np.int32(s2 + (d2 >> 4)), np.int32(s3 + (d3 >> 6))
            y[m, r] = s0
            if r + packed_rows < y.shape[1]:
                y[m, r + packed_rows] = s1
            if r + 2 * packed_rows < y.shape[1]:
                y[m, r + 2 * packed_rows] = s2
            if r + 3 * packed_rows < y.shape[1]:
                y[m, r + 3 * packed_rows] = s3


@kernel
def _dot(codes: Array, values: Array) -> Any:
    """values int8[K] times four rows of codes uint8[K]: 1, 4, 16 and 64 times too large."""
    s0 = s1 = s2 = s3 = np.int32(0)
    for k in range(len(values)):
        code, value = np.int32(codes[k]), np.int32(values[k])
        s0 = np.int32(s0 + np.int32((code & np.int32(3)) * value))
        s1 = np.int32(s1 + np.int32((code & np.int32(12)) * value))
        s2 = np.int32(s2 + np.int32((code & np.int32(48)) * value))
        s3 = np.int32(s3 + np.int32((code & np.int32(192)) * value))
    return s0, s1, s2, s3
