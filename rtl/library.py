"""Shared libraries of arrays, built once and kept by the content of everything that goes into them.

A file's name carries two hashes: of its inputs (Verilog, driver, parameters, tools, CPU), by which it is found, and of its
own bytes, by which a damaged one is known and built again.
"""

import contextlib
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import platformdirs

from rtl.toolchain import build_library, describe_tools
from workloads.errors import InputError

DRIVER = Path(__file__).with_name("driver.cpp")

Progress = Callable[[str], None]


def cache_folder() -> Path:
    """Return the folder of built arrays: HWSIM_CACHE, or where this system keeps caches."""
    return Path(os.environ.get("HWSIM_CACHE") or platformdirs.user_cache_dir("hwsim"))


def find_library(
    verilog: str, defines: Mapping[str, int], progress: Progress | None = None
) -> Path:
    """Return the shared library of `verilog` under `rtl/driver.cpp`, building it if the cache lacks it.

    Two processes that want the same library build it once: the second one waits.

    Parameters
    ----------
    defines : the driver's macros.
    progress : called with one line before a build.

    Raises
    ------
    InputError : a tool is missing, or the cache folder cannot be written.
    """
    driver = DRIVER.read_text(encoding="utf-8")
    inputs = repr((verilog, driver, sorted(defines.items()), describe_tools()))
    key = hashlib.sha256(inputs.encode()).hexdigest()[:32]
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _lock(folder / f"{key}.lock"):
            library = _find_intact(folder, key)
            if library is None:
                if progress:
                    progress("building the array, about 20 s, once")
                library = _build(folder, key, verilog, driver, defines)
    except OSError as error:
        raise InputError(f"HWSIM_CACHE must name a folder that can be written, not {folder}: {error.strerror}") from None
    return library


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _find_intact(folder: Path, key: str) -> Path | None:
    for path in folder.glob(f"{key}-*.so"):
        if path.stem == f"{key}-{_digest(path)}":
            return path
        path.unlink()
    return None


def _build(folder: Path, key: str, verilog: str, driver: str, defines: Mapping[str, int]) -> Path:
    with tempfile.TemporaryDirectory(dir=folder, prefix=".build-") as aside:
        built = Path(aside) / "array.so"
        build_library(verilog, driver, defines, built)
        return built.rename(folder / f"{key}-{_digest(built)}.so")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:32]
