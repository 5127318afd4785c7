"""The trace of a model that is only a shape: weights and inputs are drawn."""

import math

from workloads.shapes import ModelShape
from workloads.synthetic import SyntheticTrace

# Absmean quantisation zeroes |w| < mean|w| / 2; for Gaussian w that is P(|z| < sqrt(2 / pi) / 2).
GAUSSIAN_ZERO_FRACTION = math.erf(1 / (2 * math.sqrt(math.pi)))


def draw_trace(
    shape: ModelShape, *, prefill_tokens: int = 1, decode_tokens: int = 0, seed: int = 0
) -> SyntheticTrace:
    """Return a trace of `shape` with its share of zeros, or that of Gaussian weights if unknown."""
    zeros = GAUSSIAN_ZERO_FRACTION if shape.zero_fraction is None else shape.zero_fraction
    return SyntheticTrace(
        shape,
        prefill_tokens=prefill_tokens,
        decode_tokens=decode_tokens,
        zero_fraction=zeros,
        seed=seed,
    )
