"""The activation quantiser of b1.58 models: per token, by its largest magnitude, to int8.

    s = 127 (1 / max(max|x|, 1e-5));  q = clamp(round(x s), -128, 127);  x ~ q / s

in float32, rounding half to even. Source: arXiv 2402.17764 and transformers,
`integrations/bitnet.py` (`activation_quant`). The reciprocal is rounded before it is multiplied:
the published codes write 127 / max in PyTorch, which computes a number over a tensor so. One
division gives another last bit in a quarter of the scales, and now and then another integer.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from workloads.compilation import Array, kernel
from workloads.errors import InputError


def quantize_activations(
    x: NDArray[np.floating[Any]],
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Quantise x[M, K] to (q int8[M, K], s float32[M]), x ~ q / s[:, None].

    x is rounded to float32 first. Raises InputError if x is not a matrix or not finite in float32.

    >>> quantize_activations(np.array([[2.0, -1.0, 0.0]]))
    (array([[127, -64,   0]], dtype=int8), array([63.5], dtype=float32))
    """
    if x.ndim != 2 or x.size == 0:
        raise InputError(f"x must be a matrix with elements, not of shape {x.shape}")
    with np.errstate(over="ignore"):  # a value beyond float32 becomes inf, which is refused below
        values = np.ascontiguousarray(x, dtype=np.float32)
    quantized = np.empty(values.shape, np.int8)
    scales = np.empty(values.shape[0], np.float32)
    bad_row = _quantize_rows(values, quantized, scales)
    if bad_row >= 0:
        raise InputError(f"x must be finite in float32, not infinite or NaN as in row {bad_row}")
    return quantized, scales


@kernel
def _quantize_rows(x: Array, quantized: Array, scales: Array) -> int:
    """x float32[M, K] to quantized int8[M, K], scales float32[M]; the first bad row, or -1."""
    bits = x.view(np.int32)
    largest = x[:, 0].copy()
    largest_bits = largest.view(np.int32)
    for m in range(x.shape[0]):
        # Without the sign, bit patterns are ordered as the magnitudes; inf and NaN come last.
        largest_bits[m] = 0
        for k in range(x.shape[1]):
            largest_bits[m] = max(largest_bits[m], bits[m, k] & np.int32(0x7FFFFFFF))
        if largest_bits[m] >= np.int32(0x7F800000):
            return m
        scales[m] = np.float32(127) * (np.float32(1) / max(largest[m], np.float32(1e-5)))
        for k in range(x.shape[1]):
            rounded = np.rint(x[m, k] * scales[m])
            quantized[m, k] = np.int8(min(max(rounded, np.float32(-128)), np.float32(127)))
    return -1
