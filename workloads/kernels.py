"""Ternary matmuls in numba: the plain reference, and the engine's kernels on packed weights.

y[m, n] = sum over k of x[m, k] * w[n, k], with x int8, w in {-1, 0, +1} and y int32, exact.

`matmul_reference` is the oracle that the array and every other backend are compared with.
`matmul_packed` is what the model runs on. One load of a packed byte serves four rows of w. The
code of row r + i R stays where it is, at 4**i times its value, and the sum is shifted instead. As a
code is w + 1, the sum of x[m] is subtracted at the end.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from workloads.compilation import Array, kernel
from workloads.errors import InputError
from workloads.ternary import TernaryMatrix

# A sum in int32 holds K products of a magnitude of at most 128 * (2 << 6).
MAX_REDUCTION = (2**31 - 1) // (128 * (2 << 6))


def matmul_reference(x: NDArray[np.int8], w: NDArray[np.int8]) -> NDArray[np.int32]:
    """Return y[M, N] = x[M, K] @ w[N, K].T as int32, by a plain loop nest; raises InputError.

    >>> matmul_reference(np.array([[-128, 3]], np.int8), np.array([[-1, 1]], np.int8))
    array([[131]], dtype=int32)
    """
    _check("x", x)
    _check("w", w)
    _check_reduction(x.shape[1], w.shape[1])
    y = np.empty((x.shape[0], w.shape[0]), np.int32)
    _matmul_reference(x, w, y)
    return y


def matmul_packed(weight: TernaryMatrix, x: NDArray[np.int8]) -> NDArray[np.int32]:
    """Return y[M, N] = x[M, K] @ w[N, K].T as int32, from packed weights; raises InputError."""
    _check("x", x)
    _check_reduction(x.shape[1], weight.packed.shape[1])
    y = np.empty((x.shape[0], weight.rows), np.int32)
    _matmul_packed(weight.packed, x, y)
    return y


def matmul_numpy(weight: TernaryMatrix, x: NDArray[np.int8]) -> NDArray[np.int32]:
    """Compute what `matmul_packed` does, with NumPy alone, slowly; raises InputError."""
    _check("x", x)
    _check_reduction(x.shape[1], weight.packed.shape[1])
    return x.astype(np.int32) @ weight.unpack().T.astype(np.int32)


def _check(name: str, matrix: NDArray[Any]) -> None:
    if matrix.dtype != np.int8 or matrix.ndim != 2:
        raise InputError(f"{name} must be an int8 matrix, not {matrix.dtype} {matrix.shape}")


def _check_reduction(given: int, expected: int) -> None:
    if given != expected:
        raise InputError(f"x must have w's K = {expected} columns, not {given}")
    if expected > MAX_REDUCTION:
        raise InputError(f"K must be at most {MAX_REDUCTION}, not {expected}")


@kernel
def _matmul_reference(x: Array, w: Array, y: Array) -> None:
    """x int8[M, K], w int8[N, K] to y int32[M, N]."""
    for m in range(x.shape[0]):
        for n in range(w.shape[0]):
            total = np.int32(0)
            for k in range(x.shape[1]):
                total = np.int32(total + np.int32(x[m, k]) * np.int32(w[n, k]))
            y[m, n] = total


@kernel
def _matmul_packed(packed: Array, x: Array, y: Array) -> None:
    """packed uint8[ceil(N / 4), K], x int8[M, K] to y int32[M, N]."""
    tokens, columns = x.shape
    packed_rows = packed.shape[0]
    sums = np.empty(tokens, np.int32)
    for m in range(tokens):
        total = np.int32(0)
        for k in range(columns):
            total = np.int32(total + np.int32(x[m, k]))
        sums[m] = total
    for r in range(packed_rows):
        # Two tokens share the load and the masks of a row of bytes.
        for m in range(0, tokens - 1, 2):
            first, second = _dot_two(packed, r, x, m)
            _store(first, sums[m], r, packed_rows, y, m)
            _store(second, sums[m + 1], r, packed_rows, y, m + 1)
        if tokens % 2:
            m = tokens - 1
            _store(_dot(packed, r, x, m), sums[m], r, packed_rows, y, m)


@kernel
def _dot(packed: Array, r: int, x: Array, m: int) -> Any:
    """x[m] times the four rows in packed[r], as sums of codes that are 1, 4, 16, 64 times w + 1."""
    s0 = s1 = s2 = s3 = np.int32(0)
    for k in range(x.shape[1]):
        code, value = np.int32(packed[r, k]), np.int32(x[m, k])
        s0 = np.int32(s0 + np.int32((code & np.int32(3)) * value))
        s1 = np.int32(s1 + np.int32((code & np.int32(12)) * value))
        s2 = np.int32(s2 + np.int32((code & np.int32(48)) * value))
        s3 = np.int32(s3 + np.int32((code & np.int32(192)) * value))
    return s0, s1, s2, s3


@kernel
def _dot_two(packed: Array, r: int, x: Array, m: int) -> Any:
    """Return (_dot(packed, r, x, m), _dot(packed, r, x, m + 1))."""
    s0 = s1 = s2 = s3 = np.int32(0)
    t0 = t1 = t2 = t3 = np.int32(0)
    for k in range(x.shape[1]):
        code = np.int32(packed[r, k])
        value, other = np.int32(x[m, k]), np.int32(x[m + 1, k])
        c0, c1 = code & np.int32(3), code & np.int32(12)
        c2, c3 = code & np.int32(48), code & np.int32(192)
        s0 = np.int32(s0 + np.int32(c0 * value))
        s1 = np.int32(s1 + np.int32(c1 * value))
        s2 = np.int32(s2 + np.int32(c2 * value))
        s3 = np.int32(s3 + np.int32(c3 * value))
        t0 = np.int32(t0 + np.int32(c0 * other))
        t1 = np.int32(t1 + np.int32(c1 * other))
        t2 = np.int32(t2 + np.int32(c2 * other))
        t3 = np.int32(t3 + np.int32(c3 * other))
    return (s0, s1, s2, s3), (t0, t1, t2, t3)


@kernel
def _store(sums: Any, offset: Any, r: int, packed_rows: int, y: Array, m: int) -> None:
    """Undo the codes' factors and offset; write columns r, r + R, r + 2R, r + 3R of y[m]."""
    y[m, r] = sums[0] - offset
    if r + packed_rows < y.shape[1]:
        y[m, r + packed_rows] = (sums[1] >> 2) - offset
    if r + 2 * packed_rows < y.shape[1]:
        y[m, r + 2 * packed_rows] = (sums[2] >> 4) - offset
    if r + 3 * packed_rows < y.shape[1]:
        y[m, r + 3 * packed_rows] = (sums[3] >> 6) - offset
