"""The figures of energy: where a token's goes, in FP16 and in ternary."""

from typing import Any

import plotly.graph_objects as go

from reports.energy_groups import COLOURS, group_energy
from reports.figures import GREEN, Figure, LegendEntry, lay_out_bars, plain
from reports.findings import find_energy
from reports.notation import choose_prefix, format_percent, format_quantity
from reports.records import Ledger

# Room for the total behind the longest bar, as a factor of its length.
TOTAL_ROOM = 1.25


def draw_energy(ledger: Ledger, phase: str, tokens: int) -> Figure:
    """Return the energy per token by group, in FP16 and in ternary at every node."""
    bars = {}
    for nm in ledger.nodes_nm:
        groups = group_energy(ledger.find_parts(phase, nm))
        bars[f"FP16, {nm} nm"] = {g.name: g.fp16_pj * 1e-12 / tokens for g in groups}
        bars[f"ternary, {nm} nm"] = {g.name: g.ternary_pj * 1e-12 / tokens for g in groups}
    totals = [sum(parts.values()) for parts in bars.values()]
    prefix, factor = choose_prefix(max(totals))
    names = [name for name in COLOURS if any(name in parts for parts in bars.values())]
    names += sorted({name for parts in bars.values() for name in parts} - set(names))
    traces: list[Any] = []
    for name in names:
        joules = [parts.get(name, 0.0) for parts in bars.values()]
        hover = [
            f"{format_quantity(part, 'J')} a token, {format_percent(part / total)}"
            for part, total in zip(joules, totals, strict=True)
        ]
        traces.append(
            go.Bar(
                orientation="h",
                y=list(bars),
                x=[part / factor for part in joules],
                marker={"color": COLOURS.get(name, GREEN)},
                customdata=hover,
                hovertemplate=f"%{{y}}<br>{plain(name)}: %{{customdata}}<extra></extra>",
            )
        )
    traces.append(
        go.Scatter(
            mode="text",
            y=list(bars),
            x=[total / factor for total in totals],
            text=[f" {format_quantity(total, 'J')}" for total in totals],
            textposition="middle right",
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
    plot = lay_out_bars(
        traces,
        bars=max(2 * len(bars), 6),
        x_title=f"energy per token ({prefix}J)",
        y_title="model, node",
    )
    plot.update_layout(barmode="stack")
    plot.update_xaxes(range=[0, TOTAL_ROOM * max(totals) / factor])
    return Figure(
        key=f"figure-energy-{phase.split()[0]}",
        title=f"Energy of a token: {phase}",
        caption=find_energy(ledger, phase, tokens),
        plot=plot,
        legend=tuple(LegendEntry(label=name, colour=COLOURS.get(name, GREEN)) for name in names),
    )
