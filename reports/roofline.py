"""The roofline: every matmul under the ceilings of datapath and memory.

S. Williams, A. Waterman, D. Patterson, "Roofline", CACM 52(4), 2009, doi:10.1145/1498765.1498785.
One operation is one select-and-add, a weight taking part in the sum of one token.
"""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from reports.figures import GREY, Figure, LegendEntry, find_colour, lay_out_plane, plain, scale_log
from reports.findings import find_roofline
from reports.notation import format_quantity, format_significant
from reports.records import Record

MARKS = {"prefill": "circle", "decode": "diamond"}
# Where labels stand: away from the roof, and from those of the other phase at the same place.
LABELS = {"prefill": "top left"}
# Between these shares of the ceiling a label above its point would lie on the line.
CROSSED = (0.6, 0.97)
# Shown beyond the outermost matmul and the ridge, as a factor.
MARGIN = 4.0
# Of the ceiling's name over the ceiling, as a factor.
ABOVE = 1.6
# Matmuls nearer to each other than these factors share a label.
NEAR = (12.0, 1.4)


def draw_roofline(phases: Sequence[Record], array: Record) -> Figure:
    """Return every matmul's operations per weight byte against its operations per second."""
    clock_hz = array["clock_mhz"] * 1e6
    peak, bandwidth = array["peak_gops"] * 1e9, array["memory_bandwidth_gb_s"] * 1e9
    points = {p["phase"]: [_place(m, clock_hz) for m in p["matmuls"]] for p in phases}
    ridge = peak / bandwidth
    intensities = [ridge, *(x for placed in points.values() for x, _ in placed)]
    left, right = min(intensities) / MARGIN, max(intensities) * MARGIN
    roof = go.Scatter(
        mode="lines+text",
        x=[left, ridge, right],
        y=[left * bandwidth, peak, peak],
        text=[f"  memory {format_quantity(bandwidth, 'B/s')}"],
        textposition="bottom right",
        line={"color": GREY, "width": 2},
        cliponaxis=False,
        hoverinfo="skip",
    )
    ceiling = go.Scatter(
        mode="text",
        x=[right],
        y=[peak * ABOVE],
        text=[f"datapath {format_quantity(peak, 'op/s')}"],
        textposition="middle left",
        hoverinfo="skip",
    )
    plot = lay_out_plane(
        [roof, ceiling, *(_make_points(phase, points[phase["phase"]], peak) for phase in phases)],
        x_title="select-and-adds per weight byte (op/B)",
        y_title="select-and-adds per second (op/s)",
    )
    lowest = min([left * bandwidth, *(y for placed in points.values() for _, y in placed)])
    plot.update_xaxes(scale_log(left, right))
    plot.update_yaxes(scale_log(lowest / 2, peak * 2, "op/s"))
    return Figure(
        key="figure-roofline",
        title="Roofline of every matmul, and how many stand together",
        caption=find_roofline(phases, array),
        plot=plot,
        legend=(
            *(_make_entry(phase["phase"]) for phase in phases),
            LegendEntry(label="what the array can reach", colour=GREY, mark="line"),
        ),
    )


def _place(matmul: Record, clock_hz: float) -> tuple[float, float]:
    """Return a matmul's operations per weight byte and operations per second."""
    operations = matmul["lane_operations"]
    return operations / (matmul["weight_bits"] / 8), operations * clock_hz / matmul["cycles"]


def _make_points(phase: Record, points: Sequence[tuple[float, float]], peak: float) -> Any:
    name = plain(phase["phase"])
    side = LABELS.get(phase["phase"], "bottom right")
    low, high = CROSSED
    beneath = side.replace("top", "bottom")
    return go.Scatter(
        mode="markers+text",
        text=label_points(phase, points),
        textposition=[beneath if low < y / peak < high else side for _, y in points],
        x=[x for x, _ in points],
        y=[y for _, y in points],
        marker={
            "symbol": MARKS.get(phase["phase"], "square"),
            "size": 11,
            "opacity": 0.8,
            "color": find_colour(phase["phase"]),
        },
        customdata=[
            f"{plain(matmul['name'])}: {format_significant(x)} op/B, {format_quantity(y, 'op/s')}"
            for matmul, (x, y) in zip(phase["matmuls"], points, strict=True)
        ],
        hovertemplate=f"{name}, %{{customdata}}<extra></extra>",
    )


def label_points(phase: Record, points: Sequence[tuple[float, float]]) -> list[str]:
    """Return a label a point: the matmul's name, or at the first of several how many stand there.

    Points stand together if both their coordinates differ by less than the factors `NEAR`.
    """
    labels = [""] * len(points)
    named: dict[int, list[str]] = {}
    for index, (matmul, (x, y)) in enumerate(zip(phase["matmuls"], points, strict=True)):
        for first in named:
            ratios = x / points[first][0], y / points[first][1]
            if all(1 / near < ratio < near for ratio, near in zip(ratios, NEAR, strict=True)):
                named[first].append(matmul["name"])
                break
        else:
            named[index] = [matmul["name"]]
    for first, names in named.items():
        count = "all" if len(names) == len(points) else f"{len(names)} of"
        labels[first] = plain(names[0]) if len(names) == 1 else f"{count} {len(points)}"
    return labels


def _make_entry(phase: str) -> LegendEntry:
    return LegendEntry(label=phase, colour=find_colour(phase), mark=MARKS.get(phase, "square"))
