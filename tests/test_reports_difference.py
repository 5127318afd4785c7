"""The page of two runs: ratios second / first, everything escaped, nothing when nothing differs."""

import copy
from pathlib import Path
from typing import Any

import pytest
from sample_run import make_run, write_record

from hwsim.cli import main
from hwsim.configuration import configure_array
from hwsim.runs.comparison import compare_runs
from reports.difference import list_ratios as list_numbers
from reports.difference import name_runs, render_difference, state_difference
from reports.difference_cycles import draw_cycles
from reports.difference_figures import draw_ratios, find_ratios, list_ratios
from reports.difference_table import tabulate_differences
from workloads.errors import InputError

HOSTILE = "</title><script>alert(1)</script>"
NAMES = ("narrow", "wide")


@pytest.fixture(scope="module")
def runs() -> tuple[dict[str, Any], dict[str, Any]]:
    wide = configure_array(4096, bandwidth_gb_s=512.0)
    return make_run("700M"), make_run("700M", config=wide)


@pytest.fixture(scope="module")
def folders(runs: tuple, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    parent = tmp_path_factory.mktemp("runs")
    for name, run in zip(NAMES, runs, strict=True):
        write_record(run, parent / name)
    return parent / NAMES[0], parent / NAMES[1]


def test_numbers_are_second_over_first(runs: tuple) -> None:
    decode, prefill, energy = list_numbers(runs)
    speeds = [run["phases"][1]["tokens_per_second"] for run in runs]
    assert decode["value"] == speeds[1] / speeds[0]
    assert decode["value"] > 1.9
    assert prefill["value"] == pytest.approx(1, rel=1e-5)
    assert 0.9 < energy["value"] < 1.1
    sentence = state_difference(NAMES, [decode, prefill, energy], 4)
    assert sentence.startswith(
        "Between narrow and wide, 4 settings differ. wide has 2.00× the speed"
    )
    assert "no setting differs" in state_difference(NAMES, [decode, prefill], 0)


@pytest.mark.parametrize(
    ("speed", "shown"),
    [(114_300.4, "114,300"), (375.0, "375"), (7.5, "7.5"), (0.012345, "0.01235")],
)
def test_speeds_are_in_plain_notation(runs: tuple, speed: float, shown: str) -> None:
    fast = copy.deepcopy(runs[1])
    fast["phases"][0]["tokens_per_second"] = speed
    assert list_numbers((runs[0], fast))[1]["scope"].endswith(f" and {shown}")


def test_the_figures_show_every_ratio_and_all_cycles(runs: tuple) -> None:
    ratios = list_ratios(runs)
    shown = [x for trace in draw_ratios(NAMES, runs).plot.data for x in trace.x]
    assert sorted(shown) == sorted(ratio for *_, ratio in ratios)
    found = {label: ratio for _, label, ratio in ratios}
    cycles = [run["phases"][1]["cycles"] for run in runs]
    assert found["decode: cycles a token"] == cycles[1] / cycles[0]
    assert "decode: cycles a token falls most" in find_ratios(NAMES, ratios)
    plot = draw_cycles(NAMES, runs).plot
    # The third bar is decode of the first run.
    longest = sum(trace.x[2] for trace in plot.data if trace.type == "bar")
    factor = {"k": 1e3, "M": 1e6}[plot.layout.xaxis.title.text[0]]
    assert longest * factor == pytest.approx(runs[0]["phases"][1]["cycles"])


def test_energies_of_different_nodes_are_not_divided(runs: tuple) -> None:
    assert "energy at 7 nm" in draw_ratios(NAMES, runs).title
    apart = tuple(make_run("700M", nodes_nm=(nm,)) for nm in (7, 45))
    assert {kind for kind, _, _ in list_ratios(apart)} == {"cycles"}
    assert draw_ratios(NAMES, apart).title.startswith("Cycles of the second run")
    common = apart[1], runs[0]
    assert "energy at 45 nm" in draw_ratios(NAMES, common).title
    assert {ratio for kind, _, ratio in list_ratios(common) if kind == "energy"} == {1.0}


def test_arrays_with_tables_stand_beside_those_without(runs: tuple) -> None:
    table = make_run("700M", config=configure_array(4096, style="table", lanes=63))
    legend = [entry.label for entry in draw_cycles(NAMES, (runs[0], table)).legend]
    assert legend == ["adding", "waiting for weights", "filling and draining", "waiting for tables"]


def test_the_page_is_escaped_and_has_both_tables(runs: tuple, folders: tuple) -> None:
    comparison = compare_runs(*folders).to_dict()
    text = render_difference(comparison, *runs)
    assert 'id="table-settings"' in text and 'id="table-results"' in text
    assert "array.weight_bus_bits" in text
    assert len(text.encode()) < 6_000_000
    hostile = copy.deepcopy(comparison) | {"runs": [HOSTILE, "b"]}
    hostile["settings"][0]["quantity"] = HOSTILE
    assert HOSTILE not in render_difference(hostile, *runs)


def test_equal_runs_say_so(runs: tuple, folders: tuple) -> None:
    comparison = compare_runs(folders[0], folders[0]).to_dict()
    text = render_difference(comparison, runs[0], runs[0])
    assert "no setting differs" in text
    assert "<p>None.</p>" in text
    assert 'id="table-results"' not in text


def test_what_is_no_run_is_refused(runs: tuple, folders: tuple) -> None:
    comparison = compare_runs(*folders).to_dict()
    with pytest.raises(InputError, match="run must have the schema"):
        render_difference(comparison, runs[0], {})


def test_names_are_short_where_they_differ() -> None:
    assert name_runs(["a/x", "b/y"]) == ("x", "y")
    assert name_runs(["a/run", "b/run"]) == ("a/run", "b/run")
    assert name_runs([".", "run"]) == (".", "run")


def test_the_command_writes_it(folders: tuple, tmp_path: Path, capsys: Any) -> None:
    out = tmp_path / "differences.html"
    with pytest.raises(SystemExit) as stopped:
        main(["compare", *map(str, folders), "--out", str(out)])
    assert not stopped.value.code
    assert capsys.readouterr().err == f"report: {out}\n"
    assert "What differs between two runs?" in out.read_text(encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        main(["compare", "--out", str(out)])
    assert stopped.value.code == 2
    assert capsys.readouterr().err == "error: --out must come with two run folders\n"


def test_values_that_differ_are_seen_to(runs: tuple) -> None:
    values = [(5.79664, 5.79534), (0.9999972, 0.9999983), (1.0, 1.0 + 1e-12), (2.5, 4), (64, 32)]
    rows = [
        {"quantity": "x", "first": first, "second": second, "ratio": 1.0}
        for first, second in values
    ]
    table = tabulate_differences("results", NAMES, rows)
    shown = [tuple(cell.text for cell in row[1:3]) for row in table.rows]
    assert shown[0] == ("5.797", "5.795")
    assert shown[1] == ("0.999997", "0.999998")
    assert shown[2] == ("1.000000", "1.000000")  # seven digits are the most
    assert shown[3:] == [("2.50", "4"), ("64", "32")]
