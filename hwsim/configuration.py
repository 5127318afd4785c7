"""From what an architect states (lanes, clock, memory bandwidth) to the array's parameters."""

from rtl.config import (
    MAX_COLUMNS,
    MAX_LANES,
    ArrayConfig,
    accumulator_width_for,
    widest_weight_bus,
)
from workloads.errors import InputError, require_int, require_number

# One HBM2 stack: 1024 pins at 2 Gbit/s (JEDEC JESD235A).
DEFAULT_BANDWIDTH_GB_S = 256.0


def configure_array(
    reduction: int,
    *,
    lanes: int = 64,
    columns: int = 64,
    token_depth: int = 64,
    tree_registers: int = 0,
    clock_mhz: float = 1000.0,
    bandwidth_gb_s: float = DEFAULT_BANDWIDTH_GB_S,
) -> ArrayConfig:
    """Return the array whose accumulators are just wide enough for `reduction` = the largest K.

    Parameters
    ----------
    reduction : input features of the largest matmul.
    bandwidth_gb_s : 10^9 bytes a second of packed weights. The weight bus gets as many bits as
        arrive in one clock cycle, rounded down, and at most one whole tile.

    Raises
    ------
    InputError
        If a value is out of range, or the memory delivers less than one 2-bit code a cycle.
    """
    require_int("reduction", reduction)
    require_int("lanes", lanes, 1, MAX_LANES)
    require_int("columns", columns, 1, MAX_COLUMNS)
    clock = require_number("clock", clock_mhz)
    bits = int(require_number("bandwidth", bandwidth_gb_s) * 8000 / clock + 1e-9)
    if bits < 2:
        raise InputError(
            f"bandwidth must give at least 2 bits a cycle: {clock * 2 / 8000:g} GB/s at "
            f"{clock:g} MHz, not {bandwidth_gb_s:g}"
        )
    return ArrayConfig(
        lanes=lanes,
        columns=columns,
        token_depth=token_depth,
        accumulator_width=accumulator_width_for(max(reduction, lanes)),
        weight_bus_bits=min(bits, widest_weight_bus(lanes, columns)),
        tree_registers=tree_registers,
        clock_mhz=clock,
    )
