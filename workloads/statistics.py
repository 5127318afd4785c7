"""What the hardware's energy depends on in a trace: zeros, the distribution of values, toggles."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workloads.errors import InputError, require_int


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
            self.toggled_bits += _count_differing_bits(self._last, x[0])
        self.toggled_bits += _count_differing_bits(x[1:], x[:-1])
        self._last = x[-1].copy()
        self.tokens += len(x)

    @property
    def zero_fraction(self) -> float:
        """Share of zero activations, 0 to 1."""
        return float(self.histogram[128] / self.histogram.sum())


def count_input_toggles(
    x: NDArray[np.int8], *, lanes: int, token_depth: int, column_tiles: int
) -> int:
    """Count the bits that flip in an array's input registers while it works through one matmul.

    The registers hold `lanes` int8 values, 0 at first, and take a beat of x[M, K] a cycle: for each
    block of `token_depth` tokens, for each of `column_tiles` column tiles, for each lane tile, for
    each token of the block (docs/specification.md). Lanes beyond K hold 0. The count includes the
    first beat but no return to 0. Raises InputError.
    """
    lanes = require_int("lanes", lanes)
    token_depth = require_int("token_depth", token_depth)
    column_tiles = require_int("column_tiles", column_tiles)
    if x.dtype != np.int8 or x.ndim != 2 or x.size == 0:
        raise InputError(f"x must be an int8 matrix with elements, not {x.dtype} {x.shape}")
    lane_tiles = -(-x.shape[1] // lanes)
    padded = np.zeros((len(x), lane_tiles * lanes), np.int8)
    padded[:, : x.shape[1]] = x
    last = np.zeros(lanes, np.int8)
    toggles = 0
    for start in range(0, len(x), token_depth):
        block = padded[start : start + token_depth].reshape(-1, lane_tiles, lanes)
        beats = block.swapaxes(0, 1).reshape(-1, lanes)
        within = _count_differing_bits(beats[1:], beats[:-1])
        between = _count_differing_bits(beats[-1], beats[0])
        toggles += _count_differing_bits(last, beats[0])
        toggles += column_tiles * within + (column_tiles - 1) * between
        last = beats[-1]
    return toggles


def _count_differing_bits(a: NDArray[Any], b: NDArray[Any]) -> int:
    return int(np.bitwise_count((a ^ b).view(np.uint8)).sum(dtype=np.int64))
