"""What an FPGA has room for."""

from collections.abc import Mapping
from dataclasses import replace

from rtl.config import MAX_LANES, ArrayConfig
from rtl.fpga.cells import KINDS
from rtl.fpga.devices import Device
from rtl.fpga.fit import Fit
from rtl.fpga.measurements import describe_size
from workloads.errors import InputError

#: Of the device's places of lookup tables, what place and route can still use.
USABLE = 0.9


def require_fit(config: ArrayConfig, device: Device, fits: Mapping[str, Fit]) -> None:
    """Refuse an array that cannot fit by `fits`, with the largest of its shape that does.

    Without fits only what its weights alone take is compared. Raises InputError.
    """
    held = 0 if config.style == "table" else 4 * config.lanes * config.columns
    if held > device.flip_flops:  # two bits of each weight, in the tile used and in the next one
        raise InputError(
            f"array must fit {device.name}: {config.style} of {describe_size(config)} holds weights"
            f" in {held:,} flip-flops of {device.flip_flops:,}"
            + (f"; {describe_largest(config, device, fits)}" if fits else "")
        )
    shortage = _find_shortage({kind: fit.predict(config) for kind, fit in fits.items()}, device)
    if shortage:
        raise InputError(
            f"array must fit {device.name}: {config.style} of {describe_size(config)} {shortage}; "
            + describe_largest(config, device, fits)
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
    """Return `config` with other lanes, and columns and bus in proportion; None if none has so."""
    columns = max(1, config.columns * lanes // config.lanes)
    codes = max(1, config.codes_per_beat * columns // config.columns)
    bits = codes * config.code_bits
    try:
        return replace(config, lanes=lanes, columns=columns, weight_bus_bits=bits)
    except InputError:
        return None


def _find_shortage(
    counts: Mapping[str, float], device: Device, share: float = USABLE
) -> str | None:
    for kind, needed in counts.items():
        held = getattr(device, kind)
        partly = kind in ("luts", "sites")
        usable = int(share * held) if partly else held
        if needed > usable:
            beyond = " that can be used" if partly else ""
            return f"needs about {needed:,.0f} {KINDS[kind]} of {usable:,}{beyond}"
    return None
