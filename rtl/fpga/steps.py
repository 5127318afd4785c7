"""The steps of a build, each in a folder that it finds its inputs in and leaves its results in.

design.v -> Yosys -> (ECP5) carry_ends, carry_fold -> netlist.json, cells.json
netlist.json -> (ECP5, large) local_resets -> netlist.json, cells.json
netlist.json -> nextpnr -> timing.json, routed.txt -> packer -> bitstream
"""

import contextlib
import inspect
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rtl.cache import find_cache_folder
from rtl.fpga import carry_ends, carry_fold, local_resets, sites
from rtl.fpga.cells import LONE
from rtl.fpga.design import Design
from rtl.fpga.devices import Device
from rtl.fpga.routers import PINS, Router
from rtl.fpga.tools import Progress, run_program
from workloads.errors import ToolError

#: Options of nextpnr beyond the device; each build states its seed, so that it can be repeated.
_ROUTE = ("--timing-allow-fail", "--seed")

#: In the cache: the logs of the last build that failed.
FAILED = "failed"

_SYNTHESIZE = """\
read_verilog design.v
{synthesis} -top {top}
check -assert
select -assert-none t:MULT* t:ALU54B t:SB_MAC16 t:DSP48E1
write_json netlist.json
tee -q -o cells.json stat -json
"""


def write_script(design: Design, device: Device) -> str:
    """Return what Yosys does."""
    return _SYNTHESIZE.format(synthesis=device.synthesis, top=design.top)


def describe_passes(device: Device) -> str:
    """Return what decides the netlist and its counts after Yosys."""
    passes = [carry_fold, carry_ends] if device.folds_carries else []
    return "".join(map(inspect.getsource, [*passes, sites] if device.lone_flip_flops else passes))


def synthesize_in(folder: Path, design: Design, device: Device, progress: Progress | None) -> None:
    """Write netlist and cells; raises as `run_program`."""
    (folder / "design.v").write_text(design.verilog, encoding="utf-8")
    (folder / "synthesis.ys").write_text(write_script(design, device), encoding="utf-8")
    # What Yosys prints after its first call of ABC is lost; its own log has it.
    options = ["-q", "-l", "yosys.log", "-s", "synthesis.ys"]
    run_program("yosys", options, folder / "yosys.log", progress)
    netlist = json.loads((folder / "netlist.json").read_text(encoding="utf-8"))
    statistics = json.loads((folder / "cells.json").read_text(encoding="utf-8"))
    counts = statistics["design"]["num_cells_by_type"]
    if device.folds_carries:
        carry_ends.free_ends(netlist)
        counts["LUT4"] -= carry_fold.fold_luts(netlist)
        (folder / "netlist.json").write_text(json.dumps(netlist), encoding="utf-8")
    if device.lone_flip_flops:
        counts[LONE] = sites.count_lone_flip_flops(netlist)
    (folder / "cells.json").write_text(json.dumps(statistics), encoding="utf-8")


def describe_gating(device: Device) -> str:
    """Return what `gate_resets_in` does to the netlist."""
    return inspect.getsource(local_resets) if device.folds_carries else ""


def gate_resets_in(folder: Path, room: int) -> None:
    """Rewrite netlist and cells with at most `room` LUTs more, for `local_resets.gate_resets`."""
    netlist, cells = folder / "netlist.json", folder / "cells.json"
    design = json.loads(netlist.read_text(encoding="utf-8"))
    statistics = json.loads(cells.read_text(encoding="utf-8"))
    added = local_resets.gate_resets(design, room)
    if not added:
        return
    statistics["design"]["num_cells_by_type"]["LUT4"] += added
    netlist.write_text(json.dumps(design), encoding="utf-8")
    cells.write_text(json.dumps(statistics), encoding="utf-8")


def list_route_options(seed: int) -> tuple[str, ...]:
    """Return nextpnr's options beyond the device."""
    return (*_ROUTE, str(seed))


def route_in(
    folder: Path,
    design: Design,
    device: Device,
    router: Router,
    clock_mhz: float | None,
    progress: Progress | None,
    *,
    seed: int,
    luts: int,
) -> None:
    """Write timing and, of a design with pins, the bitstream; raises as `run_program`."""
    tuning = router.choose_tuning(luts)
    options = [*device.options, *list_route_options(seed), *tuning.options]
    options += ["--freq", f"{clock_mhz or tuning.goal_mhz:g}"]
    options += ["--report", "timing.json", "--json", "netlist.json"]
    if design.constraints:
        (folder / PINS).write_text(design.constraints, encoding="utf-8")
        options += [*router.pins, *router.result]
    run_program(router.program, options, folder / "nextpnr.log", progress)
    if design.constraints:
        packer, *words = router.packer
        run_program(packer, words, folder / "pack.log", progress)


@contextmanager
def work_beside(target: Path) -> Iterator[Path]:
    """Yield a folder to build in; if a tool fails its logs stay, and the error tells where.

    Those of the failure before are dropped.
    """
    with tempfile.TemporaryDirectory(prefix="build-", dir=target.parent) as name:
        folder = Path(name)
        try:
            yield folder
        except ToolError as error:
            kept = _keep_logs(folder)
            raise ToolError(str(error).replace(str(folder), str(kept))) from None


def _keep_logs(folder: Path) -> Path:
    kept = find_cache_folder() / FAILED
    logs = folder / FAILED
    logs.mkdir()
    for log in folder.glob("*.log"):
        shutil.move(log, logs)
    with contextlib.suppress(FileNotFoundError):
        kept.rename(folder / "before")
    return logs.rename(kept)
