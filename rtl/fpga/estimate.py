"""What an array will take and reach on an FPGA: from measurements, in milliseconds."""

from dataclasses import dataclass
from typing import Any

from rtl.config import ArrayConfig
from rtl.fpga.capacity import require_fit
from rtl.fpga.cells import KINDS, count_things
from rtl.fpga.devices import find_device
from rtl.fpga.fit import find_rows, find_words, fit_all, leave_one_out, limit_words
from rtl.fpga.local_resets import count_gates
from rtl.fpga.measurements import describe_size
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
        of the fit, each in turn, and `held_out` on those that no fit is given, None if there are
        none; 0 to 1.
    measured, held_out : arrays of the fit, and those that only test it.
    measured_weights : fewest and most weights of the fit's arrays.
    measured_words : most words of partial sums that these arrays hold.
    extrapolated : the array has fewer or more weights, or more words, of which what they become
        was not measured: it is refused only if it would not fit with fewer.
    speed : its clock, or None where none was reached.
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
    measured_weights: tuple[int, int]
    measured_words: int
    extrapolated: bool
    speed: Speed | None

    @property
    def peak_gops(self) -> float:
        """Select-and-adds a second at the array's clock, in units of 1e9."""
        return self.config.lanes * self.config.columns * self.config.clock_mhz / 1000

    @property
    def reaches_clock(self) -> bool | None:
        """The array's clock is not beyond the estimated one; None where that is not known."""
        return None if self.speed is None else self.config.clock_mhz <= self.speed.fmax_mhz

    def to_dict(self) -> dict[str, Any]:
        """Return the estimate as plain data."""
        speed = None if self.speed is None else vars(self.speed)
        derived = {"peak_gops": self.peak_gops, "reaches_clock": self.reaches_clock}
        return {**vars(self), "config": vars(self.config), "speed": speed, **derived}

    def describe(self) -> str:
        """Return the estimate in words."""
        config, device = self.config, find_device(self.target)
        weights = config.lanes * config.columns
        few, many = self.measured_weights
        words = config.token_depth * config.strip_depth
        outside = "" if few <= weights <= many else f"; extrapolated: it has {weights:,}"
        if words > self.measured_words:
            outside += (
                f"; extrapolated: it holds {words:,} words of sums, the measured ones at most "
                f"{self.measured_words}, and deeper memories become what was not measured"
            )
        like = find_device(self.measured_target)
        on = f" on {like.title}, which has the same cells" if like != device else ""
        lines = [
            f"{config.style}, {describe_size(config)} on {device.title}, estimated from "
            f"{self.measured} measured arrays of {few:,} to {many:,} weights{on}{outside}"
        ]
        for kind in self.errors:
            left_out, held_out = self.errors[kind].values()
            unseen = f", {held_out:.1%} on {self.held_out} that it never saw" if held_out else ""
            each = f", {self.luts / weights:.1f} a weight" if kind == "luts" else ""
            each += f", {self.gates:,} of them instead of resets" if each and self.gates else ""
            lines.append(
                f"  {count_things(getattr(self, kind), KINDS[kind])} "
                f"({self.shares[kind]:.0%} of the device){each}; "
                f"within {left_out:.1%} on arrays left out of the fit{unseen}"
            )
        if self.speed is None:
            missing = "array" if on else config.style
            why = f"no {missing} was routed there" if device.router else "no open router"
            lines.append(f"  no clock: {why}")
        else:
            lines.append(f"  {self.speed.describe()}")
        beyond = ", beyond that clock" if self.reaches_clock is False else ""
        lines.append(
            f"  peak: {self.peak_gops:.2f} G select-and-adds/s at {config.clock_mhz:g} MHz{beyond}"
        )
        return "\n".join(lines)


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
    words, measured_words = config.token_depth * config.strip_depth, find_words(fitted)
    require_fit(limit_words(config, measured_words), device, fits)
    counts = {kind: round(fits[kind].predict(config)) if kind in fits else 0 for kind in _COUNTED}
    gates = count_gates(config, counts["luts"], device)
    counts["luts"] += gates
    counts["sites"] = counts["sites"] or counts["luts"]
    weights = [row.weights for row in fitted]
    return Estimate(
        target=target,
        measured_target=device.measured,
        config=config,
        gates=gates,
        shares={kind: counts[kind] / getattr(device, kind) for kind in fits},
        errors={
            kind: {
                "left_out": leave_one_out(kind, fitted),
                "held_out": fit.find_error(tests) if tests else None,
            }
            for kind, fit in fits.items()
        },
        measured=len(fitted),
        held_out=len(tests),
        measured_weights=(min(weights), max(weights)),
        measured_words=measured_words,
        extrapolated=words > measured_words
        or not min(weights) <= config.lanes * config.columns <= max(weights),
        speed=None if device.measured_as else estimate_speed(rows, config),
        **counts,
    )
