"""What a trace tells of its activations: zeros, the distribution of values, toggled bits."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(kw_only=True)
class ActivationStatistics:
    """Counts over the int8 inputs of one projection, token after token.

    Attributes
    ----------
    tokens : tokens counted.
    histogram : int64[256], how often each value from -128 to 127 occurs.
    toggled_bits : bits that differ between x[m, k] and x[m - 1, k], summed over k and consecutive
        tokens: what the input register of a fixed lane sees when a fold runs over tokens.
    """

    tokens: int = 0
    histogram: NDArray[np.int64] = field(default_factory=lambda: np.zeros(256, np.int64))
    toggled_bits: int = 0
    _last: NDArray[np.int8] | None = field(default=None, repr=False)

    def add(self, x: NDArray[np.int8]) -> None:
        """Count the tokens of x[M, K], which follow those counted before."""
        self.histogram += np.roll(np.bincount(x.view(np.uint8).ravel(), minlength=256), 128)
        if self._last is not None:
            self.toggled_bits += count_differing_bits(self._last, x[0])
        self.toggled_bits += count_differing_bits(x[1:], x[:-1])
        self._last = x[-1].copy()
        self.tokens += len(x)

    @property
    def zero_fraction(self) -> float:
        """Share of zero activations, 0 to 1."""
        return float(self.histogram[128] / self.histogram.sum())


def count_differing_bits(a: NDArray[np.int8], b: NDArray[np.int8]) -> int:
    """Return the number of bits in which two int8 arrays of one shape differ."""
    return int(np.bitwise_count((a ^ b).view(np.uint8)).sum(dtype=np.int64))
