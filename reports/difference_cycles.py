"""The figure of two runs' cycles a token, by what they do."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from reports.bars import VALUES_PX, fill_bars, label_bars, lay_out_bars, write_values
from reports.cycle_figures import list_parts
from reports.difference_figures import Names, Runs
from reports.figures import Figure, plain
from reports.notation import choose_prefix, format_percent, format_significant
from reports.records import Record


def draw_cycles(names: Names, runs: Runs) -> Figure:
    """Return the cycles a token of both runs in both phases, by what they do."""
    rows = [
        (f"{plain(phase['phase'])}, {plain(name)}", phase)
        for phases in zip(*(run["phases"] for run in runs), strict=True)
        for name, phase in zip(names, phases, strict=True)
    ]
    totals = [phase["cycles"] / phase["tokens"] for _, phase in rows]
    prefix, factor = choose_prefix(max(totals))
    parts = {part.name: part for _, phase in rows for part in list_parts(phase)}
    traces: list[Any] = []
    for part in parts.values():
        shares = [
            sum(
                matmul["count"] * part.count(matmul)
                for matmul in phase["matmuls"]
                if part in list_parts(phase)
            )
            / phase["cycles"]
            for _, phase in rows
        ]
        traces.append(
            go.Bar(
                orientation="h",
                y=[label for label, _ in rows],
                x=[total * share / factor for total, share in zip(totals, shares, strict=True)],
                marker=fill_bars(part.colour, part.pattern),
                customdata=[format_percent(share) for share in shares],
                hovertemplate=f"%{{y}}<br>{part.name}: %{{customdata}}<extra></extra>",
                **label_bars([format_percent(share) for share in shares], part.colour),
            )
        )
    ends = [total / factor for total in totals]
    values = [format_significant(end) for end in ends]
    traces.append(write_values([label for label, _ in rows], ends, values))
    plot = lay_out_bars(
        traces,
        bars=max(int(1.7 * len(rows)), 5),
        x_title=f"{prefix}cycles a token",
        y_title="phase, run",
    )
    plot.update_layout(barmode="stack", margin={"r": VALUES_PX})
    plot.update_xaxes(range=[0, max(ends)])
    return Figure(
        key="figure-cycles",
        title="Cycles a token in both runs",
        caption=find_cycles(rows),
        plot=plot,
        legend=tuple(part.entry for part in parts.values()),
    )


def find_cycles(rows: Sequence[tuple[str, Record]]) -> str:
    """Return the cycles a token of every row, and the share that waits."""
    return " ".join(
        f"{label[:1].upper()}{label[1:]}: {phase['cycles'] / phase['tokens']:,.0f} cycles a token, "
        f"{format_percent(phase['stall_share'])} waiting for weights."
        for label, phase in rows
    )
