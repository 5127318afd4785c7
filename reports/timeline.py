"""The figure of a pass over time: which matmul of which layer when, and how much of it waits."""

from itertools import accumulate, pairwise
from typing import Any

import plotly.graph_objects as go

from reports.bars import fill_bars, lay_out_bars
from reports.cycle_figures import EDGES, list_parts
from reports.figures import Figure, LegendEntry, plain
from reports.notation import choose_prefix, format_percent
from reports.records import Record

# Of a row's height, what a bar may take.
THICKNESS = 0.8
ROW = 1.7


def draw_timeline(phase: Record) -> Figure:
    """Return every matmul of every layer at its time; its height is divided as its cycles are."""
    matmuls, layers = phase["matmuls"], count_layers(phase)
    prefix, factor = choose_prefix(phase["cycles"])
    starts = list(accumulate([m["cycles"] for m in matmuls] * layers, initial=0))
    names = [plain(matmul["name"]) for matmul in matmuls] * layers
    below = [0.0] * len(names)
    labels = [
        f"layer {index // len(matmuls) + 1}, {name}: cycles {start:,} to {end:,}"
        for index, (name, (start, end)) in enumerate(zip(names, pairwise(starts), strict=True))
    ]
    parts = [part for part in list_parts(phase) if part is not EDGES]
    traces: list[Any] = []
    for part in parts:
        shares = [part.count(matmul) / matmul["cycles"] for matmul in matmuls] * layers
        traces.append(
            go.Bar(
                orientation="h",
                y=names,
                x=[matmul["cycles"] / factor for matmul in matmuls] * layers,
                base=[start / factor for start in starts[:-1]],
                width=[THICKNESS * share for share in shares],
                offset=[THICKNESS * (low - 0.5) for low in below],
                marker=fill_bars(part.colour, part.pattern),
                customdata=[
                    f"{label}, {part.name} in {format_percent(share)}"
                    for label, share in zip(labels, shares, strict=True)
                ],
                hovertemplate="%{customdata}<extra></extra>",
            )
        )
        below = [low + share for low, share in zip(below, shares, strict=True)]
    plot = lay_out_bars(
        traces,
        bars=int(ROW * len(matmuls)),
        x_title=f"time since the pass began ({prefix}cycles)",
        y_title="matmul",
    )
    plot.update_layout(barmode="overlay", bargap=0)
    plot.update_xaxes(range=[0, starts[-1] / factor])
    return Figure(
        key=f"figure-timeline-{phase['phase']}",
        title=f"Timeline of a pass: {phase['phase']}",
        caption=find_timeline(phase),
        plot=plot,
        legend=(
            *(part.entry for part in parts),
            LegendEntry(label="each bar is divided as its cycles are", mark="none"),
        ),
    )


def find_timeline(phase: Record) -> str:
    """Return what a pass consists of and where its time goes."""
    layers, matmuls = count_layers(phase), phase["matmuls"]
    layer_cycles = sum(matmul["cycles"] for matmul in matmuls)
    folds = sum(matmul["count"] * matmul["folds"] for matmul in matmuls)
    most = max(matmul["cycles"] for matmul in matmuls)
    longest = [matmul["name"] for matmul in matmuls if matmul["cycles"] == most]
    take, each = ("take", " each") if len(longest) > 1 else ("takes", "")
    return (
        f"{phase['phase'].capitalize()}: {folds:,} folds in {phase['cycles']:,} cycles. Each of "
        f"{layers} layers takes {layer_cycles:,}; the longest of its matmuls, "
        f"{', '.join(longest)}, {take} {format_percent(most / layer_cycles)} of that{each}. "
        "Attention runs elsewhere and is not in this time."
    )


def count_layers(phase: Record) -> int:
    """Return how often the matmuls of a phase follow each other; 1 if not all do as often."""
    counts = {matmul["count"] for matmul in phase["matmuls"]}
    return int(counts.pop()) if len(counts) == 1 else 1
