"""The measurements behind estimates and default styles: which arrays, and how they are made."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from rtl.config import ArrayConfig, code_size
from rtl.fpga.cells import Cells
from rtl.fpga.devices import find_device
from rtl.fpga.flow import Design, build, synthesize
from rtl.fpga.harness import frame_array
from rtl.fpga.measurements import Measurement
from rtl.fpga.tools import Progress
from rtl.verilog import TOP, emit_verilog

#: For K up to 16383: the published models need 21 or 22 bits.
_ACCUMULATOR_WIDTH = 22

#: What a style holds: 16 words of sums, a LUT RAM's depth; its adders, and registers among them.
_SHAPES: dict[str, dict[str, Any]] = {
    "tree": {"adders": "carry", "token_depth": 16, "tree_registers": 3},
    "table": {"token_depth": 2, "strip_depth": 8, "group": 2, "tree_registers": 2},
    "systolic": {"token_depth": 16},
}

#: Lanes, columns, and whether to place and route.
_SIZES = {
    "ecp5-85k": (
        (4, 4, False),
        (8, 8, True),
        (16, 8, False),
        (8, 16, False),
        (16, 16, False),
    ),
    "ice40-up5k": ((2, 2, False), (4, 2, False), (2, 4, False), (4, 4, True), (8, 4, False)),
    "xc7a100t": ((4, 4, False), (8, 8, False), (16, 8, False), (8, 16, False), (16, 16, False)),
}


@dataclass(frozen=True, kw_only=True)
class Point:
    """An array to be measured.

    Attributes
    ----------
    target : name of the FPGA.
    config : the array.
    route : place and route it; otherwise only synthesise.
    """

    target: str
    config: ArrayConfig
    route: bool


def measure(point: Point, progress: Progress | None = None) -> Measurement:
    """Return what an array takes and reaches; raises as `rtl.fpga.flow.build`."""
    device = find_device(point.target)
    alone = Design(verilog=emit_verilog(point.config), top=TOP)
    fmax_mhz = None
    if point.route:
        assert device.router is not None
        design = frame_array(point.config) if device.router.alone is None else alone
        built = build(design, device, device.router.goal_mhz, progress)
        fmax_mhz = round(built.timing.fmax_mhz, 1)
        cells = built.cells if design is alone else synthesize(alone, device, progress)
    else:
        cells = synthesize(alone, device, progress)
    return _record(point, cells, fmax_mhz)


def _record(point: Point, cells: Cells, fmax_mhz: float | None) -> Measurement:
    return Measurement(
        target=point.target, config=point.config, fmax_mhz=fmax_mhz, **cells.to_dict()
    )


def list_points() -> Iterator[Point]:
    """Yield what the checked-in table holds: for each FPGA and style, small before large."""
    for target, sizes in _SIZES.items():
        for style, shape in _SHAPES.items():
            for lanes, columns, route in sizes:
                config = _shape_array(target, style, lanes, columns, shape)
                yield Point(target=target, config=config, route=route)


def _shape_array(
    target: str, style: str, lanes: int, columns: int, shape: dict[str, Any]
) -> ArrayConfig:
    # iCE40 has no LUT RAM: what is deep would become registers.
    shallow = {"token_depth": 1} if target.startswith("ice40") else {}
    config = ArrayConfig(
        style=style,
        lanes=lanes,
        columns=columns,
        accumulator_width=_ACCUMULATOR_WIDTH,
        weight_bus_bits=2,
        **(shape | shallow),
    )
    packing = "group" if style == "table" else "two-bit"
    bits = columns * code_size(packing, config.group)[1]
    return replace(config, packing=packing, weight_bus_bits=bits)
