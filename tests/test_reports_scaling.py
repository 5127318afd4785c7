"""Figures of model size: published and derived never look alike."""

import pytest
from sample_run import make_run

from reports.scaling import QUANTITIES, draw_scaling, find_scaling, list_models
from reports.scaling_table import tabulate_scaling

MODELS = ["700M", "1.3B", "3B", "3.9B", "7B", "13B", "70B"]


@pytest.fixture(scope="module")
def points():
    return make_run()["scaling"]


def test_models_stand_in_the_order_of_their_size(points) -> None:
    assert list_models(points) == MODELS
    for quantity in QUANTITIES:
        assert list(draw_scaling(points, quantity).plot.layout.xaxis.categoryarray) == MODELS


def test_every_point_is_drawn(points) -> None:
    for quantity in QUANTITIES:
        drawn = [y for trace in draw_scaling(points, quantity).plot.data for y in trace.y]
        values = [point["value"] for point in points if point["quantity"] == quantity]
        assert sorted(drawn) == sorted(values)


def test_derived_marks_are_open_and_lines_dotted(points) -> None:
    for quantity in QUANTITIES:
        figure = draw_scaling(points, quantity)
        for trace, entry in zip(figure.plot.data, figure.legend, strict=True):
            derived = entry.label.endswith("derived")
            assert derived or entry.label.endswith("published")
            assert trace.marker.symbol.endswith("-open") == derived
            assert (trace.line.dash == "dot") == derived
            assert entry.mark.endswith("open") == derived
    # What confirms published points surrounds them and is not joined.
    modes = [trace.mode for trace in draw_scaling(points, "energy").plot.data]
    assert modes.count("markers") == 2


def test_the_caption_gives_the_ratio_at_both_ends(points) -> None:
    memory = [point for point in points if point["quantity"] == "memory"]
    caption = find_scaling(memory, MODELS)
    small, large = 2.08 / 0.80, 131.6 / 18.4
    assert caption.startswith(
        f"On a GPU, published: FP16 / b1.58 is {small:.2f}× for 700M and {large:.2f}× for 70B."
    )
    latency = [point for point in points if point["quantity"] == "latency"]
    assert "This array, derived: b1.58 from" in find_scaling(latency, MODELS)


def test_the_table_has_every_point_with_its_source(points) -> None:
    table = tabulate_scaling(points)
    assert len(table.rows) == len(points)
    assert all(row[-1].text for row in table.rows)
