"""Few tokens: what the kernels share that take packed rows one after the other.

A packed row is four rows of w. As a code is w + 1, the sum of x is subtracted from x times codes.

Chunks begin large and become smaller: a long run through memory is read faster than pieces between
which another thread reads, and the small ones let all threads end at the same time.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workloads.compilation import Array, kernel
from workloads.engine.tasks import Task, matrix, vector
from workloads.engine.threads import share

_CHUNK_BYTES = 1 << 15  # packed bytes that a thread takes at least


def share_rows(threads: int, task: Task, packed: Array, x: Array, y: Array) -> None:
    """Let a task of `take_rows` and `put` compute y[M, N] from packed[R, K] and x[M, K]."""
    sums = np.empty(len(x), np.int32)
    _add_up(x, sums)
    firsts = _cut(len(packed), max(1, _CHUNK_BYTES // packed.shape[1]), threads)
    share(threads, len(firsts) - 1, task, packed, x, sums, y, firsts)


@lru_cache(maxsize=256)
def _cut(rows: int, least: int, threads: int) -> NDArray[np.int64]:
    """Return where chunks begin, then `rows`: each is most of a thread's part of what is left."""
    firsts = [0]
    while firsts[-1] < rows:
        size = max(least, 7 * (rows - firsts[-1]) // (8 * threads))
        firsts.append(min(rows, firsts[-1] + size))
    return np.array(firsts)


@kernel
def take_rows(call: Any, chunk: int) -> Any:
    """Return the first and last packed row of a chunk, then packed, x, the sums of x, and y."""
    packed, firsts = matrix(call, 0, np.uint8), vector(call, 4, np.int64)
    x, sums, y = matrix(call, 1, np.int8), vector(call, 2, np.int32), matrix(call, 3, np.int32)
    return firsts[chunk], firsts[chunk + 1], packed, x, sums, y


@kernel
def add_rest(packed: Array, r: int, x: Array, m: int, start: int, dots: Any) -> Any:
    """Add, to x[m] times the codes of the four rows in packed row r, columns `start` and on."""
    s0, s1, s2, s3 = dots
    for k in range(start, x.shape[1]):
        code, value = np.int32(packed[r, k]), np.int32(x[m, k])
        s0 = np.int32(s0 + (code & 3) * value)
        s1 = np.int32(s1 + (code >> 2 & 3) * value)
        s2 = np.int32(s2 + (code >> 4 & 3) * value)
        s3 = np.int32(s3 + (code >> 6) * value)
    return s0, s1, s2, s3


@kernel
def put(y: Array, m: int, r: int, packed_rows: int, dots: Any, offset: int) -> None:
    """Put x[m] times the codes of the four rows in packed row r, less an offset, into y."""
    for slot in range(4):
        if r + slot * packed_rows < y.shape[1]:
            y[m, r + slot * packed_rows] = dots[slot] - offset


@kernel
def _add_up(x: Array, sums: Array) -> None:
    for m in range(len(x)):
        total = np.int32(0)
        for k in range(x.shape[1]):
            total = np.int32(total + np.int32(x[m, k]))
        sums[m] = total
