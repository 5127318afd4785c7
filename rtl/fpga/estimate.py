"""What an array will take and reach on an FPGA: a fit to measurements, in milliseconds.

Lookup tables and flip-flops are linear in the array's parts: its weights (L C), its sums (C A), its
lanes (L), and what every array has. A clock's period grows with the logarithm of the weights, as
adders get levels and wires get long. One fit for each FPGA and style, over relative errors.
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
    lut_share : of the device's lookup tables.
    fmax_mhz : estimated, None where nothing was routed.
    lut_error, flip_flop_error, fmax_error : largest relative error on a measured array that the fit
        was not given, 0 to 1; each array was left out once. fmax_error is None with fmax_mhz.
    measured : arrays of the fit.
    """

    target: str
    config: ArrayConfig
    luts: int
    flip_flops: int
    lut_share: float
    fmax_mhz: float | None
    lut_error: float
    flip_flop_error: float
    fmax_error: float | None
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
            f"{self.lut_error:.0%} on arrays left out of the fit",
            f"  {self.flip_flops:,} flip-flops, within {self.flip_flop_error:.0%}",
        ]
        if self.fmax_mhz is not None:
            lines.append(f"  {self.fmax_mhz:.0f} MHz, within {self.fmax_error:.0%}")
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
    if len(rows) <= len(_describe_cells(config)):
        raise InputError(f"style must be one that was measured on {target}, not {config.style}")
    luts = _predict(rows, config, _describe_cells, lambda row: row.luts)
    if luts > USABLE * device.luts:
        raise InputError(_refuse(rows, config, device, luts))
    flip_flops = _predict(rows, config, _describe_cells, lambda row: row.flip_flops)
    routed = [row for row in rows if row.fmax_mhz]
    fmax_mhz = fmax_error = None
    if len(routed) > len(_describe_period(config)):
        fmax_mhz = 1000 / _predict(routed, config, _describe_period, _period_ns)
        fmax_error = _find_error(routed, _describe_period, _period_ns)
    return Estimate(
        target=target,
        config=config,
        luts=round(luts),
        flip_flops=round(flip_flops),
        lut_share=luts / device.luts,
        fmax_mhz=fmax_mhz,
        lut_error=_find_error(rows, _describe_cells, lambda row: row.luts),
        flip_flop_error=_find_error(rows, _describe_cells, lambda row: row.flip_flops),
        fmax_error=fmax_error,
        measured=len(rows),
    )


_Describe = Callable[[ArrayConfig], Sequence[float]]
_Value = Callable[[Measurement], float]


def _describe_cells(
    config: ArrayConfig, *, lanes: int | None = None, columns: int | None = None
) -> list[float]:
    lanes, columns = lanes or config.lanes, columns or config.columns
    sums = columns * config.accumulator_width
    return [lanes * columns / config.group, sums, lanes, 1.0]


def _describe_period(config: ArrayConfig) -> list[float]:
    return [1.0, float(np.log2(config.lanes * config.columns))]


def _period_ns(row: Measurement) -> float:
    assert row.fmax_mhz is not None
    return 1000 / row.fmax_mhz


def _fit(rows: Sequence[Measurement], describe: _Describe, value: _Value) -> NDArray[np.float64]:
    parts = np.array([describe(row.config) for row in rows], np.float64)
    values = np.array([value(row) for row in rows], np.float64)
    factors, *_ = np.linalg.lstsq(parts / values[:, None], np.ones(len(rows)), rcond=None)
    return np.asarray(factors)


def _predict(
    rows: Sequence[Measurement], config: ArrayConfig, describe: _Describe, value: _Value
) -> float:
    return float(np.dot(describe(config), _fit(rows, describe, value)))


def _find_error(rows: Sequence[Measurement], describe: _Describe, value: _Value) -> float:
    errors = []
    for left_out in rows:
        others = [row for row in rows if row is not left_out]
        predicted = _predict(others, left_out.config, describe, value)
        errors.append(abs(predicted / value(left_out) - 1))
    return max(errors)


def _refuse(rows: Sequence[Measurement], config: ArrayConfig, device: Device, luts: float) -> str:
    factors = _fit(rows, _describe_cells, lambda row: row.luts)
    largest = "none of its shape does"
    for side in range(config.lanes - 1, 0, -1):
        columns = max(1, config.columns * side // config.lanes)
        parts = _describe_cells(config, lanes=side, columns=columns)
        if np.dot(parts, factors) <= USABLE * device.luts:
            largest = f"the largest of its shape that does is {side} x {columns}"
            break
    return (
        f"array must fit {device.name}: {config.lanes} x {config.columns} {config.style} needs "
        f"about {luts:,.0f} LUTs of {int(USABLE * device.luts):,} that can be used; {largest}"
    )
