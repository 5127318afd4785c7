"""What an array will take and reach on an FPGA: a fit to measurements, in milliseconds.

Lookup tables and flip-flops are linear in the array's parts: its weights (L C, of `table` its
entries L C / g), its sums (C A), and what every array has. One fit for each FPGA and style, over
relative errors. The clock is not fitted: control sets it more than size does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rtl.config import ArrayConfig
from rtl.fpga.devices import Device, find_device
from rtl.fpga.measurements import Measurement, read_measurements
from workloads.errors import InputError

_PARTS = 3

#: Of the device's lookup tables, what place and route can still use.
USABLE = 0.9


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What an array will be on an FPGA.

    Attributes
    ----------
    target : name of the FPGA.
    config : the array.
    luts, flip_flops : estimated.
    lut_error, flip_flop_error : largest relative error on a measured array that the fit was not
        given, 0 to 1; each array was left out once.
    lut_share : of the device's lookup tables.
    fmax_mhz : the class of its clock: that of the routed array of the nearest number of weights,
        None where none was routed.
    fmax_size : that array's lanes x columns.
    measured : arrays of the fit.
    """

    target: str
    config: ArrayConfig
    luts: int
    lut_error: float
    flip_flops: int
    flip_flop_error: float
    lut_share: float
    fmax_mhz: float | None
    fmax_size: str | None
    measured: int

    def to_dict(self) -> dict[str, Any]:
        """Return the estimate as plain data."""
        return {**vars(self), "config": vars(self.config)}

    def describe(self) -> str:
        """Return the estimate in words."""
        config = self.config
        lines = [
            f"{config.style}, {config.lanes} lanes x {config.columns} columns on "
            f"{find_device(self.target).title}, estimated from {self.measured} measured arrays",
            f"  {self.luts:,} LUTs ({self.lut_share:.0%} of the device), "
            f"{self.luts / config.lanes / config.columns:.1f} a weight; within "
            f"{self.lut_error:.1%} on arrays left out of the fit",
            f"  {self.flip_flops:,} flip-flops, within {self.flip_flop_error:.1%}",
        ]
        if self.fmax_mhz is not None:
            lines.append(f"  about {self.fmax_mhz:.0f} MHz, as the {self.fmax_size} array reached")
        return "\n".join(lines)


def estimate(target: str, config: ArrayConfig) -> Estimate:
    """Return what `config` will be on the FPGA `target`.

    Raises InputError for a style that was not measured there, and for an array that does not fit,
    with the largest of its shape that does.
    """
    device = find_device(target)
    rows = [
        row
        for row in read_measurements()
        if row.target == target and row.config.style == config.style
    ]
    if len(rows) <= _PARTS:
        raise InputError(f"style must be one that was measured on {target}, not {config.style}")
    luts, luts_error = _estimate(rows, config, _count_luts)
    if luts > USABLE * device.luts:
        raise InputError(_refuse(rows, config, device, luts))
    flip_flops, flip_flops_error = _estimate(rows, config, lambda row: row.flip_flops)
    routed = [row for row in rows if row.fmax_mhz]
    nearest = _find_nearest(routed, config) if routed else None
    return Estimate(
        target=target,
        config=config,
        luts=round(luts),
        lut_error=luts_error,
        flip_flops=round(flip_flops),
        flip_flop_error=flip_flops_error,
        lut_share=luts / device.luts,
        fmax_mhz=nearest.fmax_mhz if nearest else None,
        fmax_size=f"{nearest.config.lanes} x {nearest.config.columns}" if nearest else None,
        measured=len(rows),
    )


_Value = Callable[[Measurement], float]


def _count_luts(row: Measurement) -> float:
    return row.luts


def _estimate(
    rows: Sequence[Measurement], config: ArrayConfig, value: _Value
) -> tuple[float, float]:
    """Return the fit's value for `config`, and its largest error on rows that it was not given."""
    return _predict(rows, config, value), _find_error(rows, value)


def _describe(lanes: int, columns: int, config: ArrayConfig) -> list[float]:
    return [lanes * columns / config.group, columns * config.accumulator_width, 1.0]


def _fit(rows: Sequence[Measurement], value: _Value) -> NDArray[np.float64]:
    configs = [row.config for row in rows]
    parts = np.array([_describe(config.lanes, config.columns, config) for config in configs])
    values = np.array([value(row) for row in rows], np.float64)
    factors, *_ = np.linalg.lstsq(parts / values[:, None], np.ones(len(rows)), rcond=None)
    return np.asarray(factors)


def _predict(rows: Sequence[Measurement], config: ArrayConfig, value: _Value) -> float:
    parts = _describe(config.lanes, config.columns, config)
    return float(np.dot(parts, _fit(rows, value)))


def _find_nearest(rows: Sequence[Measurement], config: ArrayConfig) -> Measurement:
    weights = config.lanes * config.columns
    return min(rows, key=lambda row: abs(np.log2(row.weights / weights)))


def _find_error(rows: Sequence[Measurement], value: _Value) -> float:
    errors = []
    for left_out in rows:
        others = [row for row in rows if row is not left_out]
        errors.append(abs(_predict(others, left_out.config, value) / value(left_out) - 1))
    return max(errors)


def _refuse(rows: Sequence[Measurement], config: ArrayConfig, device: Device, luts: float) -> str:
    factors = _fit(rows, _count_luts)
    largest = "none of its shape does"
    for lanes in range(config.lanes - 1, 0, -1):
        columns = max(1, config.columns * lanes // config.lanes)
        if np.dot(_describe(lanes, columns, config), factors) <= USABLE * device.luts:
            largest = f"the largest of its shape that does is {lanes} x {columns}"
            break
    return (
        f"array must fit {device.name}: {config.lanes} x {config.columns} {config.style} needs "
        f"about {luts:,.0f} LUTs of {int(USABLE * device.luts):,} that can be used; {largest}"
    )
