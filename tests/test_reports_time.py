"""The figures of time: every bar where the record says, shares as thick as they are."""

import pytest
from sample_run import make_run

from reports.fold_figure import count_cycles, draw_folds, find_folds, find_waits, tabulate_folds
from reports.heat_map import draw_utilisation
from reports.timeline import THICKNESS, count_layers, draw_timeline, find_timeline


@pytest.fixture(scope="module")
def run():
    return make_run("700M")


def test_bars_follow_each_other_through_all_layers(run) -> None:
    for phase in run["phases"]:
        issue, wait = draw_timeline(phase).plot.data
        spans = sorted(zip(issue.base, issue.x, strict=True))
        assert len(spans) == 24 * 7
        ends = [base + length for base, length in spans]
        assert [base for base, _ in spans[1:]] == pytest.approx(ends[:-1])
        factor = {"Mcycles": 1e6, "kcycles": 1e3}[
            draw_timeline(phase).plot.layout.xaxis.title.text.split("(")[1].rstrip(")")
        ]
        assert ends[-1] * factor == pytest.approx(phase["cycles"])
        for index, matmul in enumerate(phase["matmuls"]):
            shares = matmul["issue_cycles"], matmul["weight_stall_cycles"]
            assert [issue.width[index], wait.width[index]] == pytest.approx(
                [THICKNESS * share / matmul["cycles"] for share in shares]
            )
            assert wait.offset[index] == pytest.approx(issue.offset[index] + issue.width[index])


def test_the_caption_counts_folds_and_names_the_longest(run) -> None:
    decode = run["phases"][1]
    folds = sum(matmul["count"] * matmul["folds"] for matmul in decode["matmuls"])
    caption = find_timeline(decode)
    assert f"{folds:,} folds in {decode['cycles']:,} cycles" in caption
    assert "gate_proj, up_proj, down_proj, take" in caption
    decode["matmuls"][0]["cycles"] = 10**6
    assert "the longest of its matmuls, q_proj, takes" in find_timeline(decode)


def test_matmuls_that_repeat_unevenly_are_one_layer(run) -> None:
    phase = dict(run["phases"][0])
    assert count_layers(phase) == 24
    phase["matmuls"] = [phase["matmuls"][0] | {"count": 3}, *phase["matmuls"][1:]]
    assert count_layers(phase) == 1


def test_folds_issue_wait_and_arrive_when_recorded(run) -> None:
    prefill, decode = run["phases"]
    slow = [fold for fold in run["folds"] if fold["phase"] == "decode"]
    fast = [fold for fold in run["folds"] if fold["phase"] == "prefill"]
    tiles, issues, fill, waits = draw_folds(slow, decode).plot.data
    assert list(tiles.base) == [fold["load_first"] for fold in slow]
    assert list(issues.base) == [fold["issue_first"] for fold in slow]
    assert (list(fill.base), list(fill.x)) == ([1], [slow[0]["issue_first"] - 1])
    assert list(waits.x) == [3] * 5
    assert find_waits(fast) == []
    assert len(draw_folds(fast, prefill).plot.data) == 3
    assert "waits in 75.0\u00a0% of the cycles" in find_folds(slow, decode)
    assert "nothing waits" in find_folds(fast, prefill)
    assert (count_cycles(1), count_cycles(1024)) == ("1 cycle", "1,024 cycles")
    assert len(tabulate_folds(run["folds"]).rows) == len(run["folds"])


def test_the_heat_map_has_a_cell_a_layer_and_matmul(run) -> None:
    grid, values = draw_utilisation(run["phases"]).plot.data
    shares = [m["utilisation"] for phase in run["phases"] for m in phase["matmuls"]]
    assert [list(row) for row in grid.z] == [[100 * share] * 24 for share in shares]
    assert list(grid.x) == list(range(1, 25))
    assert len(values.text) == len(shares)
