"""The figure of the first folds, cycle by cycle: when weights arrive and are used."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go

from reports.bars import fill_bars, label_bars, lay_out_bars
from reports.figures import GREEN, GREY, SKY, VERMILLION, Figure, LegendEntry, plain
from reports.notation import format_percent, format_significant
from reports.records import Record
from reports.tables import Table, make_table, show_count, show_text

LANES = ("weights arrive", "datapath")
# Share of the width that a number needs, on a phone too.
LEGIBLE = 0.03


def draw_folds(folds: Sequence[Record], phase: Record) -> Figure:
    """Return the first folds of a phase cycle by cycle: when weights arrive, when they are used."""
    waits = find_waits(folds)
    end = folds[-1]["issue_last"] + 1
    tiles = [(fold["load_first"], fold["load_last"]) for fold in folds]
    issues = [(fold["issue_first"], fold["issue_last"]) for fold in folds]
    traces = [
        _make_spans(LANES[0], tiles, SKY, "weights of fold", least=end * LEGIBLE),
        _make_spans(LANES[1], issues, GREEN, "fold", least=end * LEGIBLE),
        _make_spans(LANES[1], [(1, folds[0]["issue_first"] - 1)], GREY, "fill"),
        _make_spans(LANES[1], waits, VERMILLION, "waits", "/"),
    ]
    plot = lay_out_bars(
        [trace for trace in traces if len(trace.x)],
        bars=5,
        x_title="cycle since the command (cycles)",
        y_title="",
    )
    plot.update_layout(barmode="overlay", bargap=0.25)
    plot.update_xaxes(range=[0, end])
    plot.update_yaxes(title={"text": f"folds of {plain(folds[0]['matmul'])}"})
    return Figure(
        key=f"figure-folds-{phase['phase']}",
        title=f"The first {len(folds)} folds, cycle by cycle: {phase['phase']}",
        caption=find_folds(folds, phase),
        plot=plot,
        legend=(
            LegendEntry(label="weights of a fold arrive", colour=SKY),
            LegendEntry(label="the fold's weights are in use", colour=GREEN),
            LegendEntry(label="waits for weights", colour=VERMILLION, mark="hatched"),
            LegendEntry(label="fill", colour=GREY),
        ),
    )


def tabulate_folds(folds: Sequence[Record]) -> Table:
    """Return one row a fold: when its weights arrive and when they are used."""
    spans = ("load_first", "load_last", "issue_first", "issue_last")
    return make_table(
        "table-folds",
        "The first folds, in cycles since the command",
        (
            *("phase", "matmul", "fold", "weights arrive from", "to", "in use from", "to"),
            "cycles in use",
        ),
        [
            (
                show_text(fold["phase"]),
                show_text(fold["matmul"]),
                show_count(fold["fold"]),
                *(show_count(fold[span]) for span in spans),
                show_count(fold["issue_last"] - fold["issue_first"] + 1),
            )
            for fold in folds
        ],
    )


def find_folds(folds: Sequence[Record], phase: Record) -> str:
    """Return what the pace of the folds is, and who waits for whom."""
    first = folds[0]
    arrives = first["load_last"] - first["load_first"] + 1
    issues = first["issue_last"] - first["issue_first"] + 1
    waits = sum(last - start + 1 for start, last in find_waits(folds))
    pace = (
        f"The weights of a fold take {count_cycles(arrives)} to arrive and {issues:,} to be used "
        "by the tokens of a block"
    )
    if waits:
        share = waits / (folds[-1]["issue_first"] - first["issue_first"])
        verdict = f"so the datapath waits in {format_percent(share)} of the cycles from then on"
    else:
        pace_ratio = format_significant(issues / arrives)
        verdict = f"so they arrive {pace_ratio} times as fast as they are used and nothing waits"
    return (
        f"{phase['phase'].capitalize()}, {first['matmul']}: the first token is added in cycle "
        f"{first['issue_first']:,}. {pace}, {verdict}."
    )


def count_cycles(cycles: int) -> str:
    """Return ``1 cycle`` or ``4 cycles``."""
    return f"{cycles:,} cycle" + ("" if cycles == 1 else "s")


def find_waits(folds: Sequence[Record]) -> list[tuple[int, int]]:
    """Return first and last cycle of each gap between the issues of two folds."""
    return [
        (before["issue_last"] + 1, fold["issue_first"] - 1)
        for before, fold in pairwise(folds)
        if fold["issue_first"] > before["issue_last"] + 1
    ]


def _make_spans(
    lane: str,
    spans: Sequence[tuple[int, int]],
    colour: str,
    name: str,
    pattern: str = "",
    least: float = math.inf,
) -> Any:
    """Return a bar a span, with its number if it has `least` cycles to write it in."""
    lengths = [last - first + 1 for first, last in spans]
    return go.Bar(
        orientation="h",
        y=[lane] * len(spans),
        x=lengths,
        base=[first for first, _ in spans],
        **label_bars(
            [str(index) if length >= least else "" for index, length in enumerate(lengths)], colour
        ),
        constraintext="none",
        marker=fill_bars(colour, pattern),
        customdata=[
            f"{name} {index}: cycles {first:,} to {last:,}"
            for index, (first, last) in enumerate(spans)
        ],
        hovertemplate=f"{lane}, %{{customdata}}<extra></extra>",
    )
