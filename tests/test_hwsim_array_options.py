"""The array's options: every command takes them, and refuses an impossible array in one line."""

import json
from pathlib import Path
from typing import Any

import pytest

from hwsim.cli import hwsim, main

OPTIONS = {"style", "lanes", "columns", "token_depth", "strip_depth", "group", "packing"}
COMMANDS = ("simulate", "energy", "compare", "cycles", "verify", "verilog")
TABLE = "--style table --group 2 --strip-depth 8 --lanes 6 --columns 4 --packing five-trit"
GEMM = "layer, M, N, K,\nq, 2, 8, 12,\n"


def run(words: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(words.split())
    return int(stopped.value.code or 0)


@pytest.fixture
def topology(tmp_path: Path) -> Path:
    path = tmp_path / "gemm.csv"
    path.write_text(GEMM)
    return path


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_with_an_array_takes_all_options(command: str) -> None:
    assert {option.name for option in hwsim.commands[command].params} >= OPTIONS


@pytest.mark.parametrize(
    ("command", "place"),
    [
        ("simulate --model 700M --no-verify", "array"),
        ("energy --model 700M", "array"),
        ("compare --model 700M", "config"),
        ("cycles {topology}", "array"),
        ("verilog --reduction 12", "array"),
    ],
)
def test_the_result_names_the_array(
    command: str, place: str, topology: Path, capsys: pytest.CaptureFixture
) -> None:
    assert run(f"{command.format(topology=topology)} {TABLE} --json") == 0
    array: dict[str, Any] = json.loads(capsys.readouterr().out)[place]
    stated = {
        "style": "table",
        "group": 2,
        "strip_depth": 8,
        "lanes": 6,
        "columns": 4,
        "packing": "five-trit",
    }
    assert {name: array[name] for name in stated} == stated


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--style grid", "Invalid value for '--style': 'grid' is not one of"),
        ("--packing 1.6", "Invalid value for '--packing': '1.6' is not one of"),
        (
            "--packing group",
            "--packing must be one of two-bit, five-trit for --style tree, not 'group'",
        ),
        ("--group 3", "--group must be 1 for --style tree, not 3"),
        (
            "--style table --group 1",
            "--group must be an int from 2 to 3 for --style table, not 1",
        ),
        ("--strip-depth 4", "--strip-depth must be 1 for --style tree, not 4"),
        (
            "--style systolic --tree-registers 1",
            "--tree-registers must be 0 for --style systolic, not 1",
        ),
        (
            "--style systolic --adders carry",
            "--adders must be 'compressor' for --style systolic, which has no choice, not 'carry'",
        ),
        (
            "--style systolic --packing group",
            "--packing must be one of two-bit, five-trit for --style systolic, not 'group'",
        ),
        ("--columns 0", "--columns must be an int from 1 to 2048, not 0"),
        (
            "--style table --bandwidth 0.4",
            "--bandwidth must give at least 5 bits a cycle",
        ),
        ("--packing five-trit --bandwidth 0.4", "--bandwidth must give at least 8 bits a cycle"),
    ],
)
def test_an_impossible_array_is_one_line_that_names_the_option(
    words: str, message: str, topology: Path, capsys: pytest.CaptureFixture
) -> None:
    for command in ("simulate --no-verify", "energy", f"cycles {topology}", "verilog"):
        assert run(f"{command} {words}") == 2
        captured = capsys.readouterr()
        assert captured.err.startswith(f"error: {message}")
        assert (captured.err.count("\n"), captured.out) == (1, "")


def test_packing_moves_fewer_bits_and_waits_less(capsys: pytest.CaptureFixture) -> None:
    def decode(packing: str) -> tuple[dict[str, Any], float]:
        words = f"simulate --model 3B --no-verify --lanes 80 --packing {packing} --json"
        assert run(words) == 0
        result = json.loads(capsys.readouterr().out)
        rows = [
            row["ternary_pj"]
            for row in result["energy"]
            if (row["scope"], row["category"], row["node_nm"]) == ("+dram", "weights", 7)
        ]
        return result["phases"][1], rows[1]

    (two, two_pj), (five, five_pj) = decode("two-bit"), decode("five-trit")
    assert five["weight_bytes"] / two["weight_bytes"] == 0.8
    assert five_pj / two_pj == pytest.approx(0.8)
    assert five["cycles"] / two["cycles"] == pytest.approx(0.8, rel=1e-3)
    assert five["stall_share"] < two["stall_share"]


@pytest.mark.parametrize("style", ["table", "systolic"])
def test_the_screen_names_style_and_what_it_waits_for(
    style: str, capsys: pytest.CaptureFixture
) -> None:
    assert run(f"simulate --model 700M --no-verify --style {style}") == 0
    text = capsys.readouterr().out
    assert f"array: {style}" in text
    assert ("slots too short" in text) == (style == "table")
