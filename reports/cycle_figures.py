"""Figures of time: how each matmul spends its cycles, and how much of the array it uses."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from reports.figures import (
    GREEN,
    GREY,
    VERMILLION,
    Figure,
    LegendEntry,
    find_colour,
    lay_out_bars,
    plain,
)
from reports.findings import find_cycles, find_utilisation
from reports.notation import choose_prefix, format_percent
from reports.records import Record

# Part -> (fields of a matmul that it sums, colour, pattern that print keeps apart).
PARTS = {
    "issue": (("issue_cycles",), GREEN, ""),
    "wait for weights": (("weight_stall_cycles",), VERMILLION, "/"),
    "fill and drain": (("fill_cycles", "drain_cycles"), GREY, ""),
}
HATCHING = {"fillmode": "overlay", "fgcolor": "#ffffff", "size": 6, "solidity": 0.12}
LABEL_ROOM = 1.18


def draw_cycles(phase: Record) -> Figure:
    """Return the cycles of every matmul of a phase, all its repeats together, by what they do."""
    matmuls = phase["matmuls"]
    names = [f"{plain(matmul['name'])} ×{matmul['count']}" for matmul in matmuls]
    largest = max(matmul["count"] * matmul["cycles"] for matmul in matmuls)
    prefix, factor = choose_prefix(largest)
    traces: list[Any] = []
    for part, (fields, colour, pattern) in PARTS.items():
        counts = [matmul["count"] * sum(matmul[field] for field in fields) for matmul in matmuls]
        traces.append(
            go.Bar(
                orientation="h",
                y=names,
                x=[count / factor for count in counts],
                marker={"color": colour, "pattern": {"shape": pattern, **HATCHING}},
                customdata=[f"{count:,}" for count in counts],
                hovertemplate=f"%{{y}}<br>{part}: %{{customdata}} cycles<extra></extra>",
            )
        )
    plot = lay_out_bars(
        traces,
        bars=int(1.6 * len(names)),
        x_title=f"{prefix}cycles per pass",
        y_title="matmul × layers",
    )
    plot.update_layout(barmode="stack")
    return Figure(
        key=f"figure-cycles-{phase['phase']}",
        title=f"Cycles by matmul: {phase['phase']}",
        caption=find_cycles(phase),
        plot=plot,
        legend=tuple(
            LegendEntry(label=part, colour=colour, mark="hatched" if pattern else "square")
            for part, (_, colour, pattern) in PARTS.items()
        ),
    )


def draw_utilisation(phases: Sequence[Record]) -> Figure:
    """Return the utilisation of every matmul in every phase."""
    traces = []
    for phase in phases:
        shares = [matmul["utilisation"] for matmul in phase["matmuls"]]
        traces.append(
            go.Bar(
                orientation="h",
                y=[plain(matmul["name"]) for matmul in phase["matmuls"]],
                x=[100 * share for share in shares],
                text=[format_percent(share) for share in shares],
                textposition="outside",
                cliponaxis=False,
                marker={"color": find_colour(phase["phase"])},
                hovertemplate=f"%{{y}}, {plain(phase['phase'])}: %{{text}}<extra></extra>",
            )
        )
    matmuls = max(len(phase["matmuls"]) for phase in phases)
    plot = lay_out_bars(
        traces,
        bars=int((len(phases) + 0.6) * matmuls),
        x_title="utilisation: lane-cycles used (%)",
        y_title="matmul",
    )
    plot.update_xaxes(range=[0, 100 * LABEL_ROOM], tickvals=[0, 25, 50, 75, 100])
    return Figure(
        key="figure-utilisation",
        title="Utilisation by matmul",
        caption=find_utilisation(phases),
        plot=plot,
        legend=tuple(
            LegendEntry(label=phase["phase"], colour=find_colour(phase["phase"]))
            for phase in phases
        ),
    )
