"""Bars: a text in one is legible on its colour, and every pattern has a mark in the style sheet."""

from pathlib import Path

import pytest

from reports.bars import PATTERNS, fill_bars, label_bars, write_values
from reports.cycle_figures import ADDING, EDGES, TABLES, WAIT
from reports.energy_groups import COLOURS

STYLE = (Path(__file__).parents[1] / "reports" / "style.css").read_text(encoding="utf-8")
LEGIBLE = 4.5  # WCAG 2.2, success criterion 1.4.3


def measure_luminance(colour: str) -> float:
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize(
    "colour", [*COLOURS.values(), *(part.colour for part in (ADDING, WAIT, TABLES, EDGES))]
)
def test_text_in_a_bar_is_legible(colour: str) -> None:
    ink = label_bars(["25 %"], colour)["insidetextfont"]["color"]
    light, dark = sorted((measure_luminance(ink), measure_luminance(colour)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= LEGIBLE


def test_every_pattern_has_a_mark() -> None:
    for pattern, mark in PATTERNS.items():
        assert mark == "square" or f".mark.{mark} {{" in STYLE
        assert fill_bars("#000000", pattern)["pattern"]["shape"] == pattern
    assert len(set(PATTERNS.values())) == len(PATTERNS)


def test_values_stand_where_bars_end() -> None:
    trace = write_values(["a", "b"], [1.0, 2.0], ["1 J", "2 J"])
    assert (trace.y, trace.x, trace.text) == (("a", "b"), (1.0, 2.0), (" 1 J", " 2 J"))
    assert not trace.cliponaxis
