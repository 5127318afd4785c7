"""Figures of the model's size: memory, latency, energy, as in Fig. 2 and 3 of arXiv 2402.17764.

Filled marks and unbroken lines are published, open marks and dashed lines derived.
"""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from reports.figures import (
    BLUE,
    VERMILLION,
    Figure,
    LegendEntry,
    lay_out_plane,
    plain,
    scale_log,
)
from reports.notation import format_ratio, format_significant
from reports.records import Record

# Quantity -> title, axis title with unit.
QUANTITIES = {
    "memory": ("Memory by model size", "memory (GiB)"),
    "latency": ("Latency of a decoded token by model size", "latency of a decoded token (ms)"),
    "energy": ("Energy by model size: a pass of 512 tokens at 7 nm", "energy of a pass (J)"),
}
FORMATS = {"fp16": "FP16", "ternary": "b1.58"}
COLOURS = {"fp16": VERMILLION, "ternary": BLUE}
# Of the first and the second series.
MARKS = {"fp16": ("square", "triangle"), "ternary": ("circle", "diamond")}
PLOTLY_MARKS = {"triangle": "triangle-up"}
# Room above and below the outermost points, as a factor.
MARGIN = 1.6


def draw_scaling(points: Sequence[Record], quantity: str) -> Figure:
    """Return one quantity by model size, one line a series and number format."""
    title, axis = QUANTITIES[quantity]
    chosen = [point for point in points if point["quantity"] == quantity]
    models = list_models(points)
    names = list(dict.fromkeys(point["series"] for point in chosen))
    published = {point["series"] for point in chosen if point["origin"] == "published"}
    traces, legend = [], []
    for (series, number_format, origin), line in group_points(chosen).items():
        mark, colour = MARKS[number_format][names.index(series)], COLOURS[number_format]
        confirms = origin == "derived" and series in published
        ordered = sorted(line, key=lambda point: models.index(point["model"]))
        label = f"{FORMATS[number_format]}, {series}, {origin}"
        traces.append(_make_line(ordered, label, mark, colour, origin, joined=not confirms))
        hollow = "" if origin == "published" else " open"
        legend.append(LegendEntry(label=label, colour=colour, mark=mark + hollow))
    plot = lay_out_plane(traces, x_title="model", y_title=axis)
    values = [point["value"] for point in chosen]
    plot.update_yaxes(scale_log(min(values) / MARGIN, max(values) * MARGIN))
    plot.update_xaxes(
        type="category",
        categoryorder="array",
        categoryarray=models,
        range=[-0.4, len(models) - 0.6],
    )
    return Figure(
        key=f"figure-scaling-{quantity}",
        title=title,
        caption=find_scaling(chosen, models),
        plot=plot,
        legend=tuple(legend),
    )


def find_scaling(points: Sequence[Record], models: Sequence[str]) -> str:
    """Return how FP16 / b1.58 grows from the smallest to the largest model, series by series."""
    values = {(p["series"], p["origin"], p["model"], p["format"]): p["value"] for p in points}
    sentences = []
    for series, origin in dict.fromkeys((p["series"], p["origin"]) for p in points):
        ratios = {
            model: values[series, origin, model, "fp16"] / ternary
            for model in models
            if (ternary := values.get((series, origin, model, "ternary")))
            and (series, origin, model, "fp16") in values
        }
        if ratios:
            first, *_, last = [*ratios, *ratios]
            sentences.append(
                f"{_begin(series)}, {origin}: FP16 / b1.58 is {format_ratio(ratios[first])} "
                f"for {first} and {format_ratio(ratios[last])} for {last}."
            )
            continue
        alone = [p for p in points if (p["series"], p["origin"]) == (series, origin)]
        low, high = min(alone, key=_value), max(alone, key=_value)
        sentences.append(
            f"{_begin(series)}, {origin}: b1.58 from {format_significant(low['value'])} "
            f"{low['unit']} for {low['model']} to {format_significant(high['value'])} "
            f"{high['unit']} for {high['model']}."
        )
    return " ".join(sentences)


def group_points(points: Sequence[Record]) -> dict[tuple[str, str, str], list[Record]]:
    """Return the points by series, number format and origin."""
    groups: dict[tuple[str, str, str], list[Record]] = {}
    for point in points:
        key = (point["series"], point["format"], point["origin"])
        groups.setdefault(key, []).append(point)
    return groups


def list_models(points: Sequence[Record]) -> list[str]:
    """Return the models in the order of the derived points, smallest first."""
    return list(dict.fromkeys(p["model"] for p in points if p["origin"] == "derived"))


def _make_line(
    line: Sequence[Record], label: str, mark: str, colour: str, origin: str, *, joined: bool
) -> Any:
    hollow = origin == "derived"
    return go.Scatter(
        mode="lines+markers" if joined else "markers",
        x=[point["model"] for point in line],
        y=[point["value"] for point in line],
        line={"color": colour, "width": 1.5, "dash": "dot" if hollow else "solid"},
        marker={
            "symbol": PLOTLY_MARKS.get(mark, mark) + ("-open" if hollow else ""),
            "size": 9 if joined else 15,
            "color": colour,
            "line": {"width": 2 if hollow else 0},
        },
        customdata=[f"{format_significant(point['value'])} {point['unit']}" for point in line],
        hovertemplate=f"%{{x}}, {plain(label)}: %{{customdata}}<extra></extra>",
    )


def _begin(text: str) -> str:
    return text[:1].upper() + text[1:]


def _value(point: Record) -> float:
    return float(point["value"])
