"""What an FPGA has room for."""

from collections.abc import Mapping
from dataclasses import replace

from rtl.adders import count_additions
from rtl.config import MAX_LANES, ArrayConfig
from rtl.fpga.cells import KINDS
from rtl.fpga.devices import Device
from rtl.fpga.fit import Fit
from rtl.fpga.measurements import describe_size
from rtl.fpga.room import USABLE, count_usable, describe_usable
from workloads.errors import InputError


def require_fit(config: ArrayConfig, device: Device, fits: Mapping[str, Fit]) -> None:
    """Refuse an array that cannot fit by `fits`, with the largest of its shape that does.

    Without fits only the flip-flops that hold its weights are compared. Raises InputError.
    """
    counts: dict[str, float] = {kind: fit.predict(config) for kind, fit in fits.items()}
    if not fits and config.style != "table":  # two bits a weight, of this tile and the next
        counts["flip_flops"] = 4 * config.lanes * config.columns
    shortage = _find_shortage(counts, device)
    if shortage:
        largest = f"; {describe_largest(config, device, fits)}" if fits else ""
        raise InputError(
            f"array must fit {device.name}: {config.style} of {describe_size(config)} {shortage}"
            + largest
        )


def describe_largest(
    config: ArrayConfig,
    device: Device,
    fits: Mapping[str, Fit],
    beside: Mapping[str, float] | None = None,
) -> str:
    """Return in words what `find_largest` returns."""
    largest = find_largest(config, device, fits, beside)
    if largest is None:
        return "none of its shape does"
    return f"the largest of its shape that does is {describe_size(largest)}"


def find_largest(
    config: ArrayConfig,
    device: Device,
    fits: Mapping[str, Fit],
    beside: Mapping[str, float] | None = None,
    usable: float = USABLE,
) -> ArrayConfig | None:
    """Return the largest array of the shape of `config` that fits, or None if none does.

    Parameters
    ----------
    config : an array; the ratio of its lanes to its columns is kept, and of these to its bus.
    fits : of each kind of cell that it has.
    beside : cells of what else is to fit.
    usable : share of the device's lookup tables that may be taken.
    """
    largest = None
    low, high = 1, MAX_LANES
    while low <= high:
        lanes = (low + high) // 2
        scaled = scale_array(config, lanes)
        if scaled is None or _find_shortage(_add(scaled, fits, beside or {}), device, usable):
            high = lanes - 1
        else:
            low, largest = lanes + 1, scaled
    return largest


def _add(
    config: ArrayConfig, fits: Mapping[str, Fit], beside: Mapping[str, float]
) -> dict[str, float]:
    return {kind: fit.predict(config) + beside.get(kind, 0) for kind, fit in fits.items()}


def scale_array(config: ArrayConfig, lanes: int) -> ArrayConfig | None:
    """Return `config` with other lanes, and the rest in proportion; None if none has so."""
    columns = max(1, config.columns * lanes // config.lanes)
    ranks, usual = config.tree_registers, count_additions(config.lanes)
    if config.adders == "carry" and ranks == usual:  # one behind each addition
        ranks = count_additions(lanes)
    codes = max(1, config.codes_per_beat * columns // config.columns)
    bits = codes * config.code_bits
    try:
        return replace(
            config, lanes=lanes, columns=columns, weight_bus_bits=bits, tree_registers=ranks
        )
    except InputError:
        return None


def _find_shortage(
    counts: Mapping[str, float], device: Device, share: float = USABLE
) -> str | None:
    for kind, needed in counts.items():
        if needed > count_usable(kind, device, share):
            usable = describe_usable(kind, device, share)
            return f"needs about {needed:,.0f} {KINDS[kind]} of {usable}"
    return None
