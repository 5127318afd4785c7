"""Published designs beside ours: labelled, and compared only where nothing differs."""

import copy

import pytest
from sample_run import make_run

from reports.accelerators import (
    draw_accelerators,
    find_accelerators,
    list_points,
)
from reports.accelerators_table import tabulate_accelerators


@pytest.fixture(scope="module")
def record():
    return make_run()["accelerators"]


def test_every_design_with_an_energy_is_a_point(record) -> None:
    points = list_points(record)
    priced = [row for row in record["published"] if row["energy_pj_mac"] is not None]
    assert len(points) == len(record["simulated"]) + len(priced)
    assert [energy for *_, energy in points] == sorted(energy for *_, energy in points)
    shown = {x for trace in draw_accelerators(record).plot.data for x in trace.x}
    assert shown == {energy for *_, energy in points}
    labels = [label for _, label, _ in points]
    assert "VitaLLM, 16 nm core" in labels
    assert "this array, 7 nm core + DRAM" in labels
    assert "TeLLMe v2, FPGA board" in labels


def test_the_table_has_every_design_and_says_what_differs(record) -> None:
    table = tabulate_accelerators(record)
    assert len(table.rows) == len(record["simulated"]) + len(record["published"])
    vitallm = next(row for row in table.rows if row[0].text == "VitaLLM")
    assert [cell.text for cell in vitallm[1:5]] == ["3B", "16 nm", "core", "silicon"]
    assert vitallm[8].text == "node (16 nm)"
    assert "arXiv:2604.27396" in vitallm[9].text
    slim = next(row for row in table.rows if row[0].text == "Slim-Llama")
    assert slim[7].text == "n/r"
    assert slim[7].sort is None


def test_the_caption_names_what_is_like_for_like(record) -> None:
    assert "none like for like with our core" in find_accelerators(record)
    alike = copy.deepcopy(record)
    alike["published"][0]["ratio"] = 5.4
    assert "like for like: VitaLLM." in find_accelerators(alike)
