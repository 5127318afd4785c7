"""Ternary matmuls, plain: what every faster one is compared with.

y[m, n] = sum over k of x[m, k] * w[n, k], with x int8, w in {-1, 0, +1} and y int32, exact.

`matmul_reference` is the oracle that the array and every other backend are compared with; models
run on `workloads.engine.matmul`.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from workloads.compilation import Array, kernel
from workloads.errors import InputError
from workloads.ternary import TernaryMatrix

# A sum in int32 holds K products of an int8 and a code w + 1, of a magnitude of at most 128 * 2.
MAX_REDUCTION = (2**31 - 1) // (128 * 2)


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


def matmul_numpy(weight: TernaryMatrix, x: NDArray[np.int8]) -> NDArray[np.int32]:
    """Compute what `matmul_reference` does, by NumPy on packed weights; raises InputError."""
    check_operands(x, weight)
    return x.astype(np.int32) @ weight.unpack().T.astype(np.int32)


def check_operands(x: NDArray[np.int8], weight: TernaryMatrix) -> None:
    """Refuse an x that no matmul with `weight` can take, with InputError."""
    _check("x", x)
    _check_reduction(x.shape[1], weight.packed.shape[1])


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
