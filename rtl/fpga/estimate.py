"""What an array will take and reach on an FPGA: from measurements, in milliseconds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rtl.config import ArrayConfig
from rtl.fpga.alike import (
    find_large_rows,
    find_rows,
    find_words,
    limit_words,
    list_unlike,
)
from rtl.fpga.capacity import require_fit
from rtl.fpga.devices import Device, find_device
from rtl.fpga.fit import Fit, fit_all, leave_one_out
from rtl.fpga.local_resets import count_gates
from rtl.fpga.measurements import Measurement
from rtl.fpga.speed import Speed, estimate_speed

_COUNTED = ("luts", "sites", "flip_flops", "ram_luts", "block_rams")


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What an array will be on an FPGA.

    Attributes
    ----------
    target : name of the FPGA.
    measured_target : name of the FPGA that was measured: that one, or one with the same cells.
    config : the array.
    luts, sites, flip_flops, ram_luts, block_rams : estimated; `ram_luts` are among the LUTs,
        `sites` are the LUTs where these and flip-flops do not need each other's place.
    gates : of the LUTs, those in place of resets (`rtl.fpga.local_resets`).
    shares : of what the device has, by kind.
    errors : by kind, the largest relative errors: `left_out` on a measured array that was left out
        of the fit, each in turn, `held_out` on those that no fit is given, and `larger` on those
        with more weights than the fit's, None if there are none; 0 to 1.
    measured, held_out, larger : arrays of the fit, and those that only test it.
    measured_weights : fewest and most weights of the fit's arrays.
    measured_words : most words of partial sums that these arrays hold.
    unlike : parameters of which it has another value than the arrays that were measured.
    extrapolated : there are such, or it has fewer or more weights, or more words, of which what
        they become was not measured: it is refused only if it would not fit with fewer.
    speed : its clock, or None where none was reached or there are unlike parameters.
    """

    target: str
    measured_target: str
    config: ArrayConfig
    luts: int
    sites: int
    flip_flops: int
    ram_luts: int
    block_rams: int
    gates: int
    shares: dict[str, float]
    errors: dict[str, dict[str, float | None]]
    measured: int
    held_out: int
    larger: int
    measured_weights: tuple[int, int]
    measured_words: int
    unlike: list[str]
    extrapolated: bool
    speed: Speed | None

    @property
    def reaches_clock(self) -> bool | None:
        """The array's clock is not beyond the estimated one; None where that is not known."""
        return None if self.speed is None else self.config.clock_mhz <= self.speed.fmax_mhz

    def to_dict(self) -> dict[str, Any]:
        """Return the estimate as plain data."""
        speed = None if self.speed is None else vars(self.speed)
        derived = {"peak_gops": self.config.peak_gops, "reaches_clock": self.reaches_clock}
        return {**vars(self), "config": vars(self.config), "speed": speed, **derived}


def estimate(target: str, config: ArrayConfig) -> Estimate:
    """Return what `config` will be on the FPGA `target`.

    Raises InputError for an array whose like was not measured there, and for one that does not
    fit, with the largest of its shape that does.
    """
    device = find_device(target)
    rows = find_rows(target, config)
    fitted = [row for row in rows if not row.held_out]
    tests = [row for row in rows if row.held_out]
    fits = fit_all(fitted)
    words, measured_words = config.partial_sums, find_words(fitted)
    require_fit(limit_words(config, measured_words), device, fits)
    counts = _predict_cells(config, fits, device)
    weights = [row.weights for row in fitted]
    few, many, given = min(weights), max(weights), config.lanes * config.columns
    unlike = list_unlike(target, config)
    larger = find_large_rows(device.measured, config)
    routed = rows if given <= many else [*rows, *larger]
    return Estimate(
        target=target,
        measured_target=device.measured,
        config=config,
        shares={kind: counts[kind] / getattr(device, kind) for kind in fits},
        errors={
            kind: {
                "left_out": leave_one_out(kind, fitted),
                "held_out": fit.find_error(tests) if tests else None,
                "larger": _find_error(kind, fits, larger),
            }
            for kind, fit in fits.items()
        },
        measured=len(fitted),
        held_out=len(tests),
        larger=len(larger),
        measured_weights=(few, many),
        measured_words=measured_words,
        unlike=unlike,
        extrapolated=bool(unlike) or words > measured_words or not few <= given <= many,
        speed=None if device.measured_as or unlike else estimate_speed(routed, config),
        **counts,
    )


def _predict_cells(config: ArrayConfig, fits: Mapping[str, Fit], device: Device) -> dict[str, int]:
    """Return the cells of `config` by kind, and under "gates" those in place of resets."""
    counts = {kind: round(fits[kind].predict(config)) if kind in fits else 0 for kind in _COUNTED}
    gates = count_gates(config, counts["luts"], device)
    luts = counts["luts"] + gates
    return counts | {"luts": luts, "sites": counts["sites"] or luts, "gates": gates}


def _find_error(kind: str, fits: Mapping[str, Fit], larger: Sequence[Measurement]) -> float | None:
    """Return the largest relative error on arrays that are larger than those of the fit."""
    return max(
        (
            abs(_predict_cells(row.config, fits, find_device(row.target))[kind] / count - 1)
            for row in larger
            if (count := getattr(row, kind))
        ),
        default=None,
    )
