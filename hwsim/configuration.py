"""From what an architect states (lanes, clock, memory bandwidth) to the array's parameters."""

from dataclasses import replace

from rtl.config import (
    MAX_LANES,
    PACKINGS,
    ArrayConfig,
    accumulator_width_for,
    code_size,
    widest_weight_bus,
)
from workloads.errors import InputError, require_choice, require_int, require_number

# One HBM2 stack: 1024 pins at 2 Gbit/s (JEDEC JESD235A).
DEFAULT_BANDWIDTH_GB_S = 256.0

#: The largest K whose sums fit the widest accumulator, of 32 bits.
MAX_REDUCTION = (2**31 - 1) // 128

#: Packing, group and strip where none is stated. A table of 3 lanes fills a LUT RAM of 16 words; 16
#: tiles hide the 14 cycles in which it is written.
_TABLE_DEFAULTS = ("group", 3, 16)
_OTHER_DEFAULTS = ("two-bit", 1, 1)


def configure_array(
    reduction: int,
    *,
    style: str = "tree",
    lanes: int = 64,
    columns: int = 64,
    token_depth: int = 64,
    strip_depth: int | None = None,
    group: int | None = None,
    packing: str | None = None,
    adders: str = "compressor",
    tree_registers: int = 0,
    clock_mhz: float = 1000.0,
    bandwidth_gb_s: float = DEFAULT_BANDWIDTH_GB_S,
) -> ArrayConfig:
    """Return the array whose accumulators are just wide enough for `reduction` = the largest K.

    Parameters
    ----------
    reduction : input features of the largest matmul.
    strip_depth, group, packing : by default 16, 3 and ``group`` for the style ``table``; 1, 1 and
        ``two-bit`` for the others.
    bandwidth_gb_s : 10^9 bytes a second of packed weights. The weight bus gets as many bits as
        arrive in one clock cycle, rounded down, and at most one whole tile.
    others : see `rtl.config.ArrayConfig`.

    Raises
    ------
    InputError
        If a value is out of range, or the memory delivers less than one code a cycle.
    """
    require_int("reduction", reduction, 1, MAX_REDUCTION)
    require_int("lanes", lanes, 1, MAX_LANES)
    clock = require_number("clock", clock_mhz)
    default = _TABLE_DEFAULTS if style == "table" else _OTHER_DEFAULTS
    narrowest = ArrayConfig(
        style=style,
        lanes=lanes,
        columns=columns,
        token_depth=token_depth,
        strip_depth=default[2] if strip_depth is None else strip_depth,
        group=default[1] if group is None else group,
        accumulator_width=accumulator_width_for(max(reduction, lanes)),
        weight_bus_bits=2,
        adders=adders,
        tree_registers=tree_registers,
        clock_mhz=clock,
    )
    packing = require_choice("packing", default[0] if packing is None else packing, PACKINGS)
    code_bits = code_size(packing, narrowest.group)[1]
    wanted = require_number("bandwidth", bandwidth_gb_s) * 8000 / clock + 1e-9
    bits = int(min(wanted, 1 << 62))  # a float may be infinite
    if bits < code_bits:
        raise InputError(
            f"bandwidth must give at least {code_bits} bits a cycle: {clock * code_bits / 8000:g} "
            f"GB/s at {clock:g} MHz, not {bandwidth_gb_s:g}"
        )
    widest = widest_weight_bus(lanes, columns, packing, narrowest.group)
    return replace(narrowest, packing=packing, weight_bus_bits=min(bits, widest))


def describe_array(config: ArrayConfig) -> str:
    """Return an array in a line; bits a weight are those that are moved, padding included.

    >>> describe_array(configure_array(8640))
    'tree, 64 lanes x 64 columns, 22-bit accumulators, 1000 MHz, 256 GB/s of weights'
    """
    style = config.style
    if style == "table":
        style = f"table of groups of {config.group}, strips of {config.strip_depth}"
    elif config.adders == "carry":
        style = f"{style} on carry chains"
    codes = ""
    if config.packing != "two-bit":
        moved_bits = config.beats_per_tile * config.weight_bus_bits
        bits = moved_bits / (config.lanes * config.columns)
        codes = f" in {config.packing} codes, {bits:.3g} bits a weight"
    return (
        f"{style}, {config.lanes} lanes x {config.columns} columns, "
        f"{config.accumulator_width}-bit accumulators, {config.clock_mhz:g} MHz, "
        f"{config.memory_bandwidth_gb_s:g} GB/s of weights{codes}"
    )
