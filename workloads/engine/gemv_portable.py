"""Few tokens on any processor: the loops of `gemv_avx2`, left to the compiler.

The code of row r + i R stays where it is in a byte, at 4**i times its value, and the sum is shifted
instead.
"""

from typing import Any

import numpy as np

from workloads.compilation import Array, kernel
from workloads.engine.gemv_rows import put, share_rows, take_rows
from workloads.engine.tasks import task

# Columns summed before the shift: 2**16 products of at most 128 * (2 << 6) are 2**30.
_BLOCK = 1 << 16


def multiply(threads: int, packed: Array, x: Array, y: Array) -> None:
    """packed uint8[R, K], x int8[M, K] to y int32[M, N], all in C order."""
    share_rows(threads, _multiply, packed, x, y)


@task
def _multiply(call: Any, worker: int, chunk: int) -> None:
    multiply_rows(*take_rows(call, chunk))


@kernel
def multiply_rows(first: int, last: int, packed: Array, x: Array, sums: Array, y: Array) -> None:
    """Compute what packed rows `first` to `last` contribute to y."""
    for m in range(len(x)):
        for r in range(first, last):
            s0 = s1 = s2 = s3 = np.int32(0)
            for k in range(0, x.shape[1], _BLOCK):
                d0, d1, d2, d3 = _dot(packed[r, k : k + _BLOCK], x[m, k : k + _BLOCK])
                s0, s1 = np.int32(s0 + d0), np.int32(s1 + (d1 >> 2))
                s2, s3 = np.int32(s2 + (d2 >> 4)), np.int32(s3 + (d3 >> 6))
            put(y, m, r, len(packed), (s0, s1, s2, s3), sums[m])


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
