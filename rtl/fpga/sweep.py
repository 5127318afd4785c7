"""How arrays are measured: those of the table, and the largest that an FPGA takes."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from rtl.fpga.alike import find_rows
from rtl.fpga.capacity import find_largest, scale_array
from rtl.fpga.choices import choose_size, choose_style
from rtl.fpga.design import Design
from rtl.fpga.devices import find_device
from rtl.fpga.fit import fit_all
from rtl.fpga.flow import build, synthesize
from rtl.fpga.harness import frame_array
from rtl.fpga.measurements import Measurement, describe_size
from rtl.fpga.points import Point, shape_array
from rtl.fpga.room import USABLE
from rtl.fpga.tools import Progress
from rtl.verilog import TOP, emit_verilog
from workloads.errors import InputError
from workloads.progress import Report, report_nothing

_STEP = 4


def measure(point: Point, progress: Progress | None = None) -> Measurement:
    """Return what an array takes and reaches; raises as `rtl.fpga.flow.build`."""
    device = find_device(point.target)
    alone = Design(verilog=emit_verilog(point.config), top=TOP)
    fmax_mhz = None
    if point.route:
        assert device.router is not None
        framed = replace(frame_array(point.config), constraints=device.router.frame)
        built = build(framed, device, None, progress)
        fmax_mhz = round(built.timing.fmax_mhz, 1)
    cells = synthesize(alone, device, progress, placed=True)
    return Measurement(
        target=point.target,
        config=point.config,
        held_out=point.held_out,
        fmax_mhz=fmax_mhz,
        **cells.to_dict(),
    )


def measure_all(points: Sequence[Point], report: Report = report_nothing) -> list[Measurement]:
    """Return the measurements of `points`, which are kept one by one; raises as `measure`."""
    rows = []
    for number, point in enumerate(points):
        name = f"{number + 1} of {len(points)}, {point.config.style} {describe_size(point.config)}"
        tell = partial(_tell, report, number / len(points), name)
        tell("Verilog")
        rows.append(measure(point, tell))
    return rows


def plan_largest(target: str, share: float = USABLE) -> Point:
    """Return the largest array of the FPGA's default style and shape that the estimate lets in.

    It takes at most a share of the lookup tables, and its sides are multiples of 4. Raises
    InputError where nothing was measured or can be routed.
    """
    device = find_device(target)
    config = shape_array(target, choose_style(target)[0], *choose_size(target))
    fits = fit_all([row for row in find_rows(target, config) if not row.held_out])
    largest = find_largest(config, device, fits, usable=share)
    if device.router is None or largest is None:
        raise InputError(f"target must be one with open place and route, not {target}")
    whole = scale_array(config, max(largest.lanes // _STEP, 1) * _STEP)
    assert whole is not None  # smaller than one that can be
    return Point(target=target, config=whole, route=True)


def _tell(report: Report, share: float, name: str, step: str) -> None:
    report(share, f"{name}: {step}")
