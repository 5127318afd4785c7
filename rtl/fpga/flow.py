"""From Verilog to cells, to a placed and routed design, to a bitstream; kept by content.

Two zips in the cache: the netlist, which a build that was interrupted finds again, and what the
build gave; each with the logs.
"""

import re
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from rtl.cache import find_file
from rtl.fpga.cells import Cells, read_cells
from rtl.fpga.design import Design
from rtl.fpga.devices import Device
from rtl.fpga.local_resets import find_room
from rtl.fpga.room import require_room
from rtl.fpga.steps import (
    describe_gating,
    describe_passes,
    gate_resets_in,
    list_route_options,
    route_in,
    synthesize_in,
    work_beside,
    write_script,
)
from rtl.fpga.timing import Timing, read_timing
from rtl.fpga.tools import Progress, describe_program
from workloads.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Build:
    """What came of a design.

    Attributes
    ----------
    archive : zip in the cache with netlist statistics, timing report, bitstream and logs.
    cells : after synthesis.
    timing : after place and route.
    """

    archive: Path
    cells: Cells
    timing: Timing

    def read(self, name: str) -> bytes:
        """Return a file of the archive, for example `bitstream.bit`."""
        with zipfile.ZipFile(self.archive) as archive:
            return archive.read(name)


def synthesize(
    design: Design, device: Device, progress: Progress | None = None, *, placed: bool = False
) -> Cells:
    """Return the cells of `design`; raises as `build`.

    `placed` counts those that are placed: of a large array also gates in place of resets.
    """
    with tempfile.TemporaryDirectory() as name:
        netlist, folder = _find_netlist(design, device, progress), Path(name)
        if placed:
            return _unpack_netlist(netlist, device, folder)
        _unpack(netlist, folder, "cells.json")
        return read_cells(folder / "cells.json")


def build(
    design: Design,
    device: Device,
    clock_mhz: float | None,
    progress: Progress | None = None,
    *,
    seed: int = 1,
) -> Build:
    """Synthesise, place, route and, if there are pins, write the bitstream.

    Parameters
    ----------
    clock_mhz : that place and route works towards; None is as fast as it gets. Missing it is no
        error here: see the timing.
    seed : of place and route, which begins at random.
    progress : called now and then with what is being done.

    Raises
    ------
    InputError : a wheel is missing, no place and route is known for the device, or the design has
        more cells than can be used of the device.
    ToolError : a tool failed; the message has its reason and the place of its log.
    """
    router = device.router
    if router is None:
        raise InputError(f"target must be one with open place and route, not {device.name}")
    programs = {router.program, router.packer[0]} if design.constraints else {router.program}
    inputs = (
        "build",
        _list_inputs(design, device),
        describe_gating(device),
        (design.constraints, device.options, router, clock_mhz, list_route_options(seed)),
        [describe_program(program) for program in sorted(programs)],
    )

    def make(path: Path) -> None:
        netlist = _find_netlist(design, device, progress)
        with work_beside(path) as folder:
            cells = _unpack_netlist(netlist, device, folder)
            require_room(cells, device)
            luts = cells.luts
            route_in(folder, design, device, router, clock_mhz, progress, seed=seed, luts=luts)
            (folder / "netlist.json").unlink()
            _pack(folder, path)

    archive = find_file(inputs, ".zip", make)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _unpack(archive, folder, "cells.json", "timing.json")
        return Build(
            archive=archive,
            cells=read_cells(folder / "cells.json"),
            timing=read_timing(folder / "timing.json"),
        )


def _find_netlist(design: Design, device: Device, progress: Progress | None) -> Path:
    def make(path: Path) -> None:
        with work_beside(path) as folder:
            synthesize_in(folder, design, device, progress)
            _pack(folder, path)

    return find_file(("netlist", _list_inputs(design, device)), ".zip", make)


def _unpack_netlist(netlist: Path, device: Device, folder: Path) -> Cells:
    """Put the netlist, as it is placed, and its counts into `folder`; return these."""
    _unpack(netlist, folder)
    if device.folds_carries:
        room = find_room(read_cells(folder / "cells.json").luts, device)
        gate_resets_in(folder, room)
    return read_cells(folder / "cells.json")


def _list_inputs(design: Design, device: Device) -> tuple[str, ...]:
    verilog = re.sub(r"/\*.*?\*/", "", design.verilog, flags=re.DOTALL)  # comments decide no cell
    script = write_script(design, device)
    return script, verilog, describe_program("yosys"), describe_passes(device)


def _unpack(archive: Path, folder: Path, *names: str) -> None:
    with zipfile.ZipFile(archive) as files:
        files.extractall(folder, names or None)


def _pack(folder: Path, path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)
