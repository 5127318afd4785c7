"""From what an FPGA user states to an array: what is not stated suits the FPGA."""

from dataclasses import replace

from hwsim.configuration import configure_array
from rtl.config import ArrayConfig
from rtl.fpga.measurements import choose_style
from workloads.errors import require_int

#: Tokens and column tiles that are held: together 16 sums of a column, a LUT RAM's depth.
_TOKENS = {"tree": 16, "table": 2, "systolic": 16}
_STRIPS = {"table": 8}
#: Register ranks inside the tree: one between the levels that a LUT can join.
_RANKS = {"tree": 3, "table": 2, "systolic": 0}

_ALL_BANDWIDTH = 1e9  # GB/s: a tile a cycle


def configure_for_fpga(
    target: str,
    *,
    style: str | None = None,
    lanes: int = 16,
    columns: int = 16,
    token_depth: int | None = None,
    strip_depth: int | None = None,
    group: int | None = None,
    packing: str | None = None,
    tree_registers: int | None = None,
    reduction: int = 8640,
    weight_bus_bits: int | None = None,
    clock_mhz: float = 25.0,
) -> ArrayConfig:
    """Return the array for the FPGA `target`.

    Parameters
    ----------
    style : by default the one that does most for a lookup table there, by measurement.
    token_depth, strip_depth, tree_registers : by default 16, 1, 3 for `tree`; 2, 8, 2 for `table`;
        16, 1, 0 for `systolic`.
    weight_bus_bits : by default a code of every column.
    others : see `hwsim.configuration.configure_array`.

    Raises InputError for what no array can have.
    """
    style = choose_style(target)[0] if style is None else style
    config = configure_array(
        reduction,
        style=style,
        lanes=lanes,
        columns=columns,
        token_depth=_TOKENS.get(style, 1) if token_depth is None else token_depth,
        strip_depth=_STRIPS.get(style) if strip_depth is None else strip_depth,
        group=(2 if style == "table" else None) if group is None else group,
        packing=packing,
        tree_registers=_RANKS.get(style, 0) if tree_registers is None else tree_registers,
        clock_mhz=clock_mhz,
        bandwidth_gb_s=_ALL_BANDWIDTH,
    )
    bits = config.code_bits * columns if weight_bus_bits is None else weight_bus_bits
    adders = "carry" if style == "tree" else config.adders  # FPGAs have chains for them
    return replace(config, adders=adders, weight_bus_bits=require_int("weight_bus", bits))
