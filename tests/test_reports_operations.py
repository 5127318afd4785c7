"""The figure of operations shows every pJ once."""

import pytest
from sample_run import make_run

from reports.operation_figure import (
    draw_operations,
    find_operations,
    sum_operations,
    tabulate_operations,
)
from reports.records import Ledger


@pytest.fixture(scope="module")
def run():
    return make_run()


def test_bars_add_up_to_the_tokens_energy(run) -> None:
    ledger = Ledger(run["energy"])
    for phase, name in zip(run["phases"], ledger.phases, strict=True):
        rows = [row for row in run["operations"] if row["phase"] == phase["phase"]]
        plot = draw_operations(rows, phase).plot
        shown = sum(sum(trace.x) for trace in plot.data if trace.type == "bar")
        factor = {"m": 1e-3, "µ": 1e-6}[plot.layout.xaxis.title.text.split("(")[1][0]]
        total = ledger.find_total(name, 7, "+lm-head")
        assert shown * factor * phase["tokens"] == pytest.approx(total["ternary_pj"] * 1e-12)
        assert list(sum_operations(rows))[:7] == [m["name"] for m in phase["matmuls"]]


def test_the_table_and_the_caption_give_shares_and_one_layer(run) -> None:
    table = tabulate_operations(run["operations"], run["phases"])
    decode = [row for row in table.rows if row[0].text == "decode"]
    assert sum(row[-1].sort for row in decode) == pytest.approx(1)
    for row in decode:
        if row[2].text.startswith("lm-head"):
            assert row[4].text == "–"
        else:
            assert row[3].sort == pytest.approx(26 * row[4].sort)
    rows = [row for row in run["operations"] if row["phase"] == "decode"]
    caption = find_operations(rows, run["phases"][1])
    assert caption.startswith("Decode at 7 nm: the most, 17.2\u00a0%, goes to lm-head weights.")
    assert "each of 26 layers" in caption
