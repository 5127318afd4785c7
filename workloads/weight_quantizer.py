"""The weight quantiser of b1.58 models: float masters to ternary, block by block, by their mean.

    s = 1 / max(mean|W|, 1e-5);  t = clamp(round(W s), -1, 1);  W ~ t / s

in float32, rounding half to even. Source: arXiv 2402.17764, eqs. 1 to 3.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from workloads.compilation import Array, float_kernel, kernel
from workloads.errors import InputError
from workloads.float_matrix import split_rows, widen
from workloads.ternary import TernaryMatrix, pack_codes


def quantize_weights(weights: NDArray[Any]) -> tuple[TernaryMatrix, np.float32]:
    """Quantise weights[N, K], float or the uint16 bits of BF16, to (w, scale), weights ~ w * scale.

    The mean is summed in float64 and rounded once. Memory beside the result is a few MiB. Raises
    InputError.

    >>> quantize_weights(np.array([[0.5, -1.5, 0.4, 0.0]]))[0].unpack()
    array([[ 1, -1,  1,  0]], dtype=int8)
    """
    if weights.ndim != 2 or weights.size == 0:
        raise InputError(f"weights must be a matrix with elements, not of shape {weights.shape}")
    scale = np.maximum(_measure_magnitude(weights), np.float32(1e-5))
    if not np.isfinite(scale):
        raise InputError("weights must be finite, not infinite or NaN")
    factor = np.float32(1) / scale

    def read_codes(rows: slice) -> NDArray[np.uint8]:
        values = widen(weights[rows])
        codes = np.empty(values.shape, np.uint8)
        _quantize_block(values, factor, codes)
        return codes

    n, k = weights.shape
    return TernaryMatrix(packed=pack_codes(n, k, read_codes), rows=n), scale


def _measure_magnitude(weights: NDArray[Any]) -> np.float32:
    """Mean of |W|; infinite or NaN if an element is."""
    total = 0.0
    for rows in split_rows(*weights.shape):
        total += _sum_magnitudes(widen(weights[rows]))
    return np.float32(total / weights.size)


@float_kernel
def _sum_magnitudes(values: Array) -> float:
    """values float32[N, K], summed in float64."""
    total = 0.0
    for r in range(values.shape[0]):
        for c in range(values.shape[1]):
            total += np.float64(abs(values[r, c]))
    return total


@kernel
def _quantize_block(values: Array, factor: Any, codes: Array) -> None:
    """values float32[N, K], finite, to codes uint8[N, K]: 0, 1, 2 for -1, 0, +1."""
    for r in range(values.shape[0]):
        for c in range(values.shape[1]):
            rounded = np.rint(values[r, c] * factor)
            clamped = min(max(rounded, np.float32(-1)), np.float32(1))
            codes[r, c] = np.uint8(np.int32(clamped) + 1)
