"""A board's bitstream, and the estimate of an array on an FPGA, in words."""

from typing import Any

from rtl.fpga.cells import KINDS, count_things
from rtl.fpga.devices import find_device
from rtl.fpga.estimate import Estimate
from rtl.fpga.measurements import describe_size


def describe_build(report: dict[str, Any]) -> str:
    """Return the report as text."""
    array, cells, shares = report["array"], report["cells"], report["shares"]
    used = ", ".join(
        f"{count_things(cells[kind], title)} ({shares.get(kind, 0):.0%})"
        for kind, title in KINDS.items()
    )
    bus = array["weight_bus_bits"]
    weights = count_things(report["lanes"], "weights")
    lines = [
        f"{report['board']}: {report['device']}",
        f"array: {array['style']}, {array['lanes']} lanes x {array['columns']} columns, "
        f"{array['accumulator_width']}-bit accumulators, weight bus of {bus} bits "
        f"({bus * array['clock_mhz'] / 8000:.3g} GB/s)",
        f"cells: {used}",
        f"clock: {array['clock_mhz']:g} MHz; place and route reached {report['fmax_mhz']:.1f} MHz "
        f"with seed {report['seed']}",
        f"peak: {report['peak_gops']:.2f} G select-and-adds/s, {weights} a cycle",
        f"style: {report['style_choice']}",
        f"memory: {report['memory']['source']}, {report['memory']['bytes'] / 1e6:.1f} MB, "
        f"{report['memory']['gb_s']:g} GB/s",
    ]
    for model in report["models"]:
        size = f"{model['weight_bytes'] / 1e6:,.1f} MB of weights"
        line = f"{model['line_tokens_per_second']:.3g} tokens/s through the serial port"
        if model["fits"]:
            more = (
                f"{model['memory_tokens_per_second']:.3g} tokens/s from the board's memory, "
                f"bounded by the {model['memory_bound_by']} "
                f"(prefill {model['memory_prefill_tokens_per_second']:.3g}, "
                f"{model['sustained_gops']:.2f} Gop/s sustained)"
            )
        else:
            more = "they do not fit the board's memory"
        lines.append(f"{model['model']}: {size}; {line}; {more}")
    if not report["models"]:
        width = array["accumulator_width"]
        lines.append(f"no tokens/s: no model's K fits {width}-bit accumulators")
    lines.append("slowest paths:")
    for path in report["paths"]:
        lines.append(
            f"  {path['delay_ns']:.2f} ns ({path['logic_ns']:.2f} in {path['levels']} cells): "
            f"{path['begin']} -> {path['end']}"
        )
        if path["through"]:
            lines.append(f"    through {', '.join(path['through'])}")
    return "\n".join(lines) + "\n"


def describe_estimate(estimate: Estimate) -> str:
    """Return the estimate in words."""
    config, device = estimate.config, find_device(estimate.target)
    weights = config.lanes * config.columns
    few, many = estimate.measured_weights
    words = config.partial_sums
    outside = "" if few <= weights <= many else f"; extrapolated: it has {weights:,}"
    if words > estimate.measured_words:
        outside += (
            f"; extrapolated: it holds {words:,} words of sums, the measured ones at most "
            f"{estimate.measured_words}, and deeper memories become what was not measured"
        )
    values = [f"{name} {getattr(config, name)}" for name in estimate.unlike]
    if values:
        outside += f"; extrapolated: none was measured with {' or '.join(values)}"
    like = find_device(estimate.measured_target)
    on = f" on {like.title}, which has the same cells" if like != device else ""
    lines = [
        f"{config.style}, {describe_size(config)} on {device.title}, estimated from "
        f"{estimate.measured} measured arrays of {few:,} to {many:,} weights{on}{outside}"
    ]
    for kind in estimate.errors:
        errors = estimate.errors[kind]
        held_out, larger = errors["held_out"], errors["larger"]
        unseen = f", {held_out:.1%} on {estimate.held_out} that it never saw" if held_out else ""
        unseen += f", {larger:.1%} on {estimate.larger} larger" if larger is not None else ""
        each = f", {estimate.luts / weights:.1f} a weight" if kind == "luts" else ""
        each += f", {estimate.gates:,} of them instead of resets" if each and estimate.gates else ""
        lines.append(
            f"  {count_things(getattr(estimate, kind), KINDS[kind])} "
            f"({estimate.shares[kind]:.0%} of the device){each}; "
            f"within {errors['left_out']:.1%} on arrays left out of the fit{unseen}"
        )
    if estimate.speed is None:
        missing = "array" if on else config.style
        missing += f" with {' and '.join(values)}" if values else ""
        why = f"no {missing} was routed there" if device.router else "no open router"
        lines.append(f"  no clock: {why}")
    else:
        lines.append(f"  {estimate.speed.describe()}")
    beyond = ", beyond that clock" if estimate.reaches_clock is False else ""
    lines.append(
        f"  peak: {config.peak_gops:.2f} G select-and-adds/s at {config.clock_mhz:g} MHz{beyond}"
    )
    return "\n".join(lines)
