"""rtl.package: the files, their agreement with the Verilog, and the bench in real simulators."""

import binascii
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hwsim.cycles import count_cycles
from rtl.config import ArrayConfig
from rtl.fpga.board import BoardConfig
from rtl.package.description import describe_package
from rtl.package.folder import write_package
from rtl.package.vectors import record_vector
from rtl.toolchain import find_compiler
from workloads.errors import InputError

TREE = ArrayConfig(
    lanes=5, columns=3, token_depth=3, accumulator_width=16, weight_bus_bits=7, tree_registers=2
)
CONFIGS = {
    "tree": TREE,
    "five-trit": replace(TREE, packing="five-trit", weight_bus_bits=11, token_depth=4),
    "table": replace(
        TREE, style="table", group=3, packing="group", strip_depth=2, weight_bus_bits=8, lanes=7
    ),
    "systolic": replace(TREE, style="systolic", tree_registers=0, token_depth=4),
}
FILES = {
    *("README.md", "activations.hex", "results.hex", "ternary_array.h", "ternary_array.json"),
    *("ternary_array.v", "testbench.v", "weights.hex"),
}


def cycles(config: ArrayConfig, m: int, n: int, k: int) -> int:
    return count_cycles(config, m, n, k).cycles


def write(config: ArrayConfig, folder: Path) -> Path:
    write_package(config, folder, count_cycles=cycles)
    return folder


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(TREE, tmp_path_factory.mktemp("package") / "package")


def test_the_same_configuration_gives_the_same_bytes(package: Path, tmp_path: Path) -> None:
    again = write(TREE, tmp_path / "again")
    assert {path.name for path in package.iterdir()} == FILES
    assert {p.name: p.read_bytes() for p in package.iterdir()} == {
        p.name: p.read_bytes() for p in again.iterdir()
    }


@pytest.mark.parametrize(
    ("axi", "link", "words"),
    [
        (False, False, "than 0 if it fails.\n"),
        (True, False, "`ternary_array_axi` has none.\n"),
        (True, True, "`ternary_array_axi` and `ternary_board` have none.\n"),
    ],
)
def test_the_readme_tells_what_no_bench_runs(
    axi: bool, link: bool, words: str, tmp_path: Path
) -> None:
    array = replace(TREE, clock_mhz=12.0)
    board = BoardConfig(array=array) if link else None
    write_package(array, tmp_path / "package", board=board, axi=axi)
    assert (tmp_path / "package" / "README.md").read_text().endswith(words)


def test_a_full_folder_is_kept(package: Path) -> None:
    with pytest.raises(InputError, match=r"^folder must be new or empty"):
        write_package(TREE, package)


def test_the_description_is_the_verilog(package: Path) -> None:
    description = json.loads((package / "ternary_array.json").read_text())
    assert description["schema"] == "hwsim.package/1"
    top = (package / "ternary_array.v").read_text().split("endmodule")[0]
    declared = re.search(r"module ternary_array\(([^)]*)\)", top)
    assert declared is not None
    names = {port["name"]: port for port in description["ports"]}
    assert sorted(names) == sorted(declared[1].replace("\n", " ").split(", "))
    assert names["activations__payload"]["width"] == 40
    assert names["results__payload"] == {
        "name": "results__payload",
        "direction": "output",
        "width": 48,
        "meaning": "sums of all columns in bit planes: see streams",
    }
    assert description["parameters"]["lanes"] == 5 and "clock_mhz" not in description["parameters"]
    assert description["derived"]["beats_per_tile"] == TREE.beats_per_tile
    fields = description["streams"]["command"]["fields"]
    assert [(f["name"], f["low"], f["width"]) for f in fields] == [
        ("tokens", 0, 16),
        ("column_tiles", 16, 16),
        ("lane_tiles", 32, 16),
    ]


def test_the_description_has_the_ports_of_every_module(tmp_path: Path) -> None:
    board = BoardConfig(array=replace(TREE, clock_mhz=25.0))
    folder = tmp_path / "package"
    write_package(TREE, folder, board=board, axi=True)
    description = json.loads((folder / "ternary_array.json").read_text())
    for part in (description, description["axi"], description["link"]):
        ports = {port["name"]: port for port in part["ports"]}
        text = (folder / f"{part['module']}.v").read_text()
        declared = re.search(rf"module {part['module']}\(([^)]*)\)", text)
        assert declared is not None
        assert sorted(ports) == sorted(re.findall(r"\w+", declared[1]))
        assert all(port["meaning"] for port in part["ports"])
    axi = {port["name"]: port for port in description["axi"]["ports"]}
    assert axi["s_axis_weights_tdata"]["width"] == 8  # of 7 bits
    assert axi["s_axi_bresp"]["direction"] == "output"


def test_the_header_has_what_the_description_has(package: Path, tmp_path: Path) -> None:
    board = BoardConfig(array=replace(TREE, clock_mhz=25.0))
    write_package(TREE, tmp_path / "linked", board=board, axi=True)
    header = (tmp_path / "linked" / "ternary_array.h").read_text()
    defined = dict(re.findall(r"^#define (\w+) (\d+)$", header, re.MULTILINE))
    assert len(defined) == header.count("#define TERNARY_") - 1  # the guard has no value
    link = describe_package(TREE, (package / "ternary_array.v").read_text(), board=board)["link"]
    for name, fields in link["registers"].items():
        for field in fields:
            prefix = f"TERNARY_LINK_{name}_{field['name']}".upper()
            assert int(defined[f"{prefix}_OFFSET"]) == field["offset"]
            assert int(defined[f"{prefix}_BYTES"]) == field["bytes"]
    check = link["crc"]
    register = check["initial"]
    for bit in "".join(f"{byte:08b}" for byte in b"array"):
        back = register >> 15 ^ int(bit)
        register = (register << 1 & 0xFFFF) ^ back * check["polynomial"]
    assert register == binascii.crc_hqx(b"array", 0) and check["reflected"] is False
    assert int(defined["TERNARY_LINK_CRC_POLYNOMIAL"]) == check["polynomial"]
    assert defined["TERNARY_ARRAY_LANES"] == "5" and defined["TERNARY_ARRAY_STYLE"] == "0"
    assert defined["TERNARY_AXI_CONTROL"] == str(4 * 2) and "TERNARY_AXI_STATUS_BUSY" in defined
    for name in ("ternary_board", "ternary_array_axi"):
        assert f"module {name}(" in (tmp_path / "linked" / f"{name}.v").read_text()
    program = tmp_path / "main.c"
    program.write_text('#include "linked/ternary_array.h"\nint v[TERNARY_ARRAY_LANES];\n')
    compiler = [find_compiler(), "-x", "c", "-std=c99", "-Wall", "-Werror", "-fsyntax-only"]
    subprocess.run([*compiler, str(program)], check=True)


def test_vectors_are_of_the_shipped_model_and_cross_every_edge() -> None:
    vector = record_vector(TREE)
    assert vector.y.shape == (4, 5) and vector.x.shape == (4, 9)
    assert np.array_equal(vector.y, vector.x.astype(int) @ vector.w.T.astype(int))
    assert np.abs(vector.x).max() > 64 and set(vector.w.flat) == {-1, 0, 1}
    assert vector.source.startswith("tokens 0 to 3, outputs 0 to 4 and inputs 0 to 8 of the first")


def run_icarus(folder: Path) -> subprocess.CompletedProcess[str]:
    command = "iverilog -Wall -g2005 -o testbench.vvp testbench.v ternary_array.v"
    built = subprocess.run(command.split(), cwd=folder, capture_output=True, text=True)
    assert (built.returncode, built.stderr) == (0, "")
    return subprocess.run(
        ["vvp", "-N", "testbench.vvp"], cwd=folder, capture_output=True, text=True
    )


needs_icarus = pytest.mark.skipif(
    shutil.which("iverilog") is None, reason="Icarus Verilog is not installed"
)


@needs_icarus
@pytest.mark.parametrize("name", CONFIGS)
def test_the_bench_passes_in_icarus(name: str, tmp_path: Path) -> None:
    done = run_icarus(write(CONFIGS[name], tmp_path / "package"))
    assert done.returncode == 0 and done.stdout.endswith("PASSED\n"), done.stdout
    assert re.search(r" cycles\n.* cycles with waits\n", done.stdout), done.stdout


@needs_icarus
@pytest.mark.parametrize("name", ["results.hex", "weights.hex", "activations.hex", "testbench.v"])
def test_the_bench_finds_a_fault(name: str, package: Path, tmp_path: Path) -> None:
    folder = tmp_path / "package"
    shutil.copytree(package, folder)
    text = (folder / name).read_text()
    if name == "testbench.v":
        broken = re.sub(r"EXPECTED_CYCLES = (\d+)", lambda m: f"EXPECTED_CYCLES = {m[1]}0", text)
    else:
        first, rest = text.split("\n", 1)
        broken = f"{int(first, 16) ^ 1:0{len(first)}x}\n{rest}"
    (folder / name).write_text(broken)
    done = run_icarus(folder)
    assert done.returncode == 1 and "FAILED" in done.stdout
    if name == "results.hex":
        got, expected = re.search(
            r"result 0 is wrong: (\w+) instead of (\w+)", done.stdout
        ).groups()
        assert int(got, 16) ^ int(expected, 16) == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", CONFIGS)
def test_the_bench_passes_in_verilator(name: str, tmp_path: Path) -> None:
    folder = write(CONFIGS[name], tmp_path / "package")
    readme = (folder / "README.md").read_text()
    commands = re.findall(r"^    (.*)$", readme.split("with that wheel:")[1], re.MULTILINE)
    assert len(commands) == 5
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-e", "-c", "\n".join(commands)],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 and "PASSED" in done.stdout, done.stderr
