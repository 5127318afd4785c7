"""The clock an array will reach on an FPGA: the class of the routed array that is nearest to it.

No model is fitted: control sets the clock more than size does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rtl.config import ArrayConfig
from rtl.fpga.measurements import Measurement, describe_size


@dataclass(frozen=True, kw_only=True)
class Speed:
    """A clock, and what it rests on.

    Attributes
    ----------
    fmax_mhz : of the routed array of the nearest number of weights.
    size : that array's lanes x columns.
    error : largest relative error of the same guess for each routed array from the others, 0 to 1;
        None where only one was routed.
    routed : arrays that were routed.
    range_mhz : their slowest and fastest clock.
    range_weights : their fewest and most weights.
    extrapolated : the array has fewer or more.
    """

    fmax_mhz: float
    size: str
    error: float | None
    routed: int
    range_mhz: tuple[float, float]
    range_weights: tuple[int, int]
    extrapolated: bool

    def describe(self) -> str:
        """Return the clock in words."""
        word = "extrapolated from" if self.extrapolated else "as"
        guess = f"about {self.fmax_mhz:.0f} MHz, {word} the {self.size} array"
        if self.error is None:
            return f"{guess}; no other was routed, so the error is not known"
        (few, many), (slow, fast) = self.range_weights, self.range_mhz
        return (
            f"{guess}; {self.routed} routed arrays of {few:,} to {many:,} weights reached "
            f"{slow:.0f} to {fast:.0f} MHz, each within {self.error:.0%} of its nearest"
        )


def estimate_speed(rows: Sequence[Measurement], config: ArrayConfig) -> Speed | None:
    """Return the clock of `config`; None if none of `rows`, its like on its FPGA, was routed."""
    routed = [row for row in rows if row.fmax_mhz]
    if not routed:
        return None
    nearest = _find_nearest(routed, config)
    clocks = [_clock(row) for row in routed]
    weights = [row.weights for row in routed]
    return Speed(
        fmax_mhz=_clock(nearest),
        size=describe_size(nearest.config),
        error=_find_error(routed) if len(routed) > 1 else None,
        routed=len(routed),
        range_mhz=(min(clocks), max(clocks)),
        range_weights=(min(weights), max(weights)),
        extrapolated=not min(weights) <= config.lanes * config.columns <= max(weights),
    )


def _find_nearest(rows: Sequence[Measurement], config: ArrayConfig) -> Measurement:
    weights = config.lanes * config.columns
    return min(rows, key=lambda row: abs(np.log2(row.weights / weights)))


def _find_error(rows: Sequence[Measurement]) -> float:
    errors = []
    for row in rows:
        nearest = _find_nearest([other for other in rows if other is not row], row.config)
        errors.append(abs(_clock(nearest) / _clock(row) - 1))
    return max(errors)


def _clock(row: Measurement) -> float:
    assert row.fmax_mhz is not None
    return row.fmax_mhz
