"""From Verilog to cells, to a placed and routed design, to a bitstream; kept by content.

    Verilog -> Yosys -> (ECP5) carry_fold -> nextpnr -> ecppack or icepack

One zip in the cache has everything that a build gave, its logs included.
"""

import inspect
import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rtl.cache import find_cache_folder, find_file
from rtl.fpga import carry_fold
from rtl.fpga.cells import Cells, read_cells
from rtl.fpga.devices import Device, Router
from rtl.fpga.timing import Timing, read_timing
from rtl.fpga.tools import Progress, describe_program, run_program
from workloads.errors import InputError, ToolError

#: Options of nextpnr beyond the device; the seed is fixed, so that a build can be repeated.
_ROUTE = ("--timing-allow-fail", "--seed", "1")

_SYNTHESIZE = """\
read_verilog design.v
{synthesis} -top {top}
check -assert
select -assert-none t:MULT18X18D t:ALU54B t:SB_MAC16 t:DSP48E1
write_json netlist.json
tee -q -o cells.json stat -json
"""


@dataclass(frozen=True, kw_only=True)
class Design:
    """What is built.

    Attributes
    ----------
    verilog : all modules.
    top : the module that is built.
    constraints : pins, in the device's own language (LPF or PCF); empty for a module that is
        placed and routed by itself, without pins.
    """

    verilog: str
    top: str
    constraints: str = ""


@dataclass(frozen=True, kw_only=True)
class Build:
    """What came of it.

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


def synthesize(design: Design, device: Device, progress: Progress | None = None) -> Cells:
    """Return the cells of `design`; raises as `build`."""

    def make(path: Path) -> None:
        with _work_beside(path) as folder:
            _synthesize(design, device, folder, progress)
            shutil.copy(folder / "cells.json", path)

    script = _script(design, device)
    fold = _describe_fold(device)
    inputs = ("cells", script, _strip_comments(design.verilog), describe_program("yosys"), fold)
    return read_cells(find_file(inputs, ".json", make))


def build(
    design: Design, device: Device, clock_mhz: float, progress: Progress | None = None
) -> Build:
    """Synthesise, place, route and, if there are pins, write the bitstream.

    Parameters
    ----------
    clock_mhz : that place and route works towards. Missing it is no error here: see the timing.
    progress : called now and then with what is being done.

    Raises
    ------
    InputError : a wheel is missing, or no place and route is known for the device.
    ToolError : a tool failed; the message has its reason and the place of its log.
    """
    router = device.router
    if router is None:
        raise InputError(f"target must be one with open place and route, not {device.name}")
    programs = ["yosys", f"nextpnr-{router.name}"]
    inputs = (
        "build",
        _script(design, device),
        (_strip_comments(design.verilog), design.constraints, device.options, clock_mhz, _ROUTE),
        [describe_program(program) for program in programs],
        _describe_fold(device),
    )

    def make(path: Path) -> None:
        with _work_beside(path) as folder:
            _synthesize(design, device, folder, progress)
            _route(design, device, router, clock_mhz, folder, progress)
            _archive(folder, path)

    archive = find_file(inputs, ".zip", make)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with zipfile.ZipFile(archive) as files:
            files.extractall(folder, ["cells.json", "timing.json"])
        return Build(
            archive=archive,
            cells=read_cells(folder / "cells.json"),
            timing=read_timing(folder / "timing.json"),
        )


@contextmanager
def _work_beside(target: Path) -> Iterator[Path]:
    """Yield a folder to build in; if a tool fails its logs stay, and the error tells where."""
    with tempfile.TemporaryDirectory(prefix="build-", dir=target.parent) as name:
        folder = Path(name)
        try:
            yield folder
        except ToolError as error:
            kept = Path(tempfile.mkdtemp(prefix="failed-", dir=find_cache_folder()))
            for log in folder.glob("*.log"):
                shutil.copy(log, kept / log.name)
            raise ToolError(str(error).replace(str(folder), str(kept))) from None


def _strip_comments(verilog: str) -> str:
    return re.sub(r"/\*.*?\*/", "", verilog, flags=re.DOTALL)  # what decides no cell


def _script(design: Design, device: Device) -> str:
    return _SYNTHESIZE.format(synthesis=device.synthesis, top=design.top)


def _describe_fold(device: Device) -> str:
    return inspect.getsource(carry_fold) if device.folds_inversions else ""


def _synthesize(design: Design, device: Device, folder: Path, progress: Progress | None) -> None:
    (folder / "design.v").write_text(design.verilog, encoding="utf-8")
    (folder / "synthesis.ys").write_text(_script(design, device), encoding="utf-8")
    # What Yosys prints after its first call of ABC is lost; its own log has it.
    options = ["-q", "-l", "yosys.log", "-s", "synthesis.ys"]
    run_program("yosys", options, folder / "yosys.log", progress)
    if device.folds_inversions:
        netlist = json.loads((folder / "netlist.json").read_text(encoding="utf-8"))
        dropped = carry_fold.fold_inversions(netlist)
        (folder / "netlist.json").write_text(json.dumps(netlist), encoding="utf-8")
        statistics = json.loads((folder / "cells.json").read_text(encoding="utf-8"))
        statistics["design"]["num_cells_by_type"]["LUT4"] -= dropped
        (folder / "cells.json").write_text(json.dumps(statistics), encoding="utf-8")


def _route(
    design: Design,
    device: Device,
    router: Router,
    clock_mhz: float,
    folder: Path,
    progress: Progress | None,
) -> None:
    options = [*device.options, *_ROUTE, "--freq", f"{clock_mhz:g}", "--report", "timing.json"]
    options += ["--json", "netlist.json"]
    if design.constraints:
        (folder / "pins.txt").write_text(design.constraints, encoding="utf-8")
        options += [router.pins, "pins.txt", router.result, "routed.txt"]
    else:
        options += router.alone or ()
    run_program(f"nextpnr-{router.name}", options, folder / "nextpnr.log", progress)
    if design.constraints:
        packer, *words = router.packer
        words += ["routed.txt", router.bitstream]
        run_program(packer, words, folder / "pack.log", progress)


def _archive(folder: Path, path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            if file.name != "netlist.json":
                archive.write(file, file.name)
