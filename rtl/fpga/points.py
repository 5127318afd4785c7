"""Which arrays are measured: those that estimates are fitted to, and those that test the fit."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from rtl.adders import count_additions
from rtl.config import MAX_LANES, ArrayConfig, code_size
from rtl.fpga.devices import find_device
from workloads.errors import require_choice, require_int

#: For K up to 16383: the published models need 21 or 22 bits.
_ACCUMULATOR_WIDTH = 22

#: What a style holds: 16 words of sums, a LUT RAM's depth; its adders, and registers among them
#: (of `tree` one behind each addition, which costs few lookup tables).
_SHAPES: dict[str, dict[str, Any]] = {
    "tree": {"adders": "carry", "token_depth": 16},
    "table": {"token_depth": 2, "strip_depth": 8, "group": 2, "tree_registers": 2},
    "systolic": {"token_depth": 16},
}

#: Lanes and columns of each FPGA's arrays, small before large.
_SIZES = {
    "ecp5-85k": ((4, 4), (8, 8), (16, 8), (8, 16), (16, 16)),
    "ecp5-5g-85k": ((4, 4), (8, 8), (16, 8), (8, 16), (16, 16)),
    "ice40-up5k": ((2, 2), (4, 2), (2, 4), (4, 4), (8, 4)),
    "gw1nr-9c": ((4, 4), (8, 4), (4, 8), (8, 8), (12, 8)),
    "xc7a100t": ((4, 4), (8, 8), (16, 8), (8, 16), (16, 16)),
}
#: Of them, which are placed and routed too.
_ROUTED = {
    "ecp5-85k": ((4, 4), (8, 8), (16, 8), (16, 16)),
    "ecp5-5g-85k": ((4, 4), (8, 8), (16, 16)),
    "ice40-up5k": ((2, 2), (4, 4), (8, 4)),
    "gw1nr-9c": ((4, 4), (8, 4), (8, 8)),
}
#: One array of each FPGA also with narrower sums, twice the sums, and twice the weight bus.
_VARIED = {
    "ecp5-85k": (8, 8),
    "ecp5-5g-85k": (8, 8),
    "ice40-up5k": (4, 4),
    "gw1nr-9c": (4, 4),
    "xc7a100t": (8, 8),
}
#: Arrays that no fit is given: lanes, columns, bits of a sum.
_HELD_OUT = {
    "ecp5-85k": ((6, 10, 20), (12, 12, 22), (24, 12, 21)),
    "ecp5-5g-85k": ((6, 10, 20), (12, 12, 22), (24, 12, 21)),
    "ice40-up5k": ((3, 3, 20), (6, 4, 22), (3, 5, 18)),
    "gw1nr-9c": ((3, 5, 20), (6, 6, 22), (10, 6, 21)),
    "xc7a100t": ((6, 10, 20), (12, 12, 22), (24, 12, 21)),
}


@dataclass(frozen=True, kw_only=True)
class Point:
    """An array to be measured.

    Attributes
    ----------
    target : name of the FPGA.
    config : the array.
    route : place and route it; otherwise only synthesise.
    held_out : it tests the fit, which is not given it.
    """

    target: str
    config: ArrayConfig
    route: bool = False
    held_out: bool = False


def list_points() -> Iterator[Point]:
    """Yield what the checked-in table holds: for each FPGA and style, small before large."""
    for target, sizes in _SIZES.items():
        for style in _SHAPES:
            for size in sizes:
                config = shape_array(target, style, *size)
                yield Point(target=target, config=config, route=size in _ROUTED.get(target, ()))
            for config in _vary(shape_array(target, style, *_VARIED[target])):
                yield Point(target=target, config=config)
            for lanes, columns, width in _HELD_OUT[target]:
                config = shape_array(target, style, lanes, columns)
                config = replace(config, accumulator_width=width)
                yield Point(target=target, config=config, held_out=True)


def list_routed() -> list[str]:
    """Return the FPGAs on which arrays are placed and routed."""
    return list(_ROUTED)


def shape_array(target: str, style: str, lanes: int, columns: int) -> ArrayConfig:
    """Return an array of that size as `style` suits the FPGA best."""
    shape = find_shape(target, style, lanes)
    packing = "group" if style == "table" else "two-bit"
    bits = columns * code_size(packing, shape.get("group", 1))[1]
    config = ArrayConfig(
        style=style,
        lanes=lanes,
        columns=columns,
        accumulator_width=_ACCUMULATOR_WIDTH,
        weight_bus_bits=2,
        **shape,
    )
    return replace(config, packing=packing, weight_bus_bits=bits)


def find_shape(target: str, style: str, lanes: int) -> dict[str, Any]:
    """Return what an array of `style` holds by default on an FPGA, by `ArrayConfig`'s names."""
    shape = dict(_SHAPES[require_choice("style", style, _SHAPES)])
    if style == "tree":
        shape["tree_registers"] = count_additions(require_int("lanes", lanes, 1, MAX_LANES))
    if not find_device(target).ram_luts:  # what is deep would become registers
        shape["token_depth"] = 1
    return shape


def _vary(config: ArrayConfig) -> Iterator[ArrayConfig]:
    yield replace(config, accumulator_width=18)
    yield replace(config, token_depth=2 * config.token_depth)
    yield replace(config, weight_bus_bits=2 * config.weight_bus_bits)
