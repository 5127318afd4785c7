"""Figures of energy: the ratio at widening scopes, and where a token's energy goes."""

import math
from typing import Any

import plotly.graph_objects as go

from reports.energy_groups import COLOURS, group_energy
from reports.figures import GREEN, INK, Figure, LegendEntry, find_colour, lay_out_bars, plain
from reports.findings import find_energy, find_scopes
from reports.notation import choose_prefix, format_percent, format_quantity, format_ratio
from reports.records import Ledger, name_scope

# Room for the labels that stand behind the bars, as a factor of the longest one.
LOG_ROOM = 2.2
LINEAR_ROOM = 1.25
SYMBOLS = ("diamond", "circle", "square", "x")


def draw_scopes(ledger: Ledger) -> Figure:
    """Return the ratio FP16 / ternary at every scope: bars at the first node, marks at others."""
    first_nm, *others_nm = ledger.nodes_nm
    marked = dict(zip(others_nm, SYMBOLS, strict=False))
    ratios = [row["ratio"] for row in ledger.rows if row["scope"] and row["ratio"]]
    low, high = min(ratios, default=1.0), max(ratios, default=1.0)
    traces: list[Any] = []
    for phase in ledger.phases:
        traces.append(_make_bars(ledger, phase, first_nm))
        traces += [_make_marks(ledger, phase, nm, symbol) for nm, symbol in marked.items()]
    plot = lay_out_bars(
        traces,
        bars=len(ledger.scopes) * (len(ledger.phases) + 1),
        x_title="energy in FP16 / energy in ternary (×)",
        y_title="scope",
    )
    plot.update_layout(scattermode="group", scattergap=0.3)
    plot.update_xaxes(log_axis(low, high))
    colours = {f"{phase}, {first_nm} nm": find_colour(phase) for phase in ledger.phases}
    return Figure(
        key="figure-scopes",
        title="Energy ratio at widening scopes",
        caption=find_scopes(ledger, first_nm),
        plot=plot,
        legend=(
            *(LegendEntry(label=label, colour=colour) for label, colour in colours.items()),
            *(LegendEntry(label=f"{nm} nm", mark=symbol) for nm, symbol in marked.items()),
        ),
    )


def draw_energy(ledger: Ledger, phase: str, tokens: int) -> Figure:
    """Return the energy per token by group, of the FP16 twin and the ternary model at every node."""
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
        shares = [part / total if total else 0.0 for part, total in zip(joules, totals, strict=True)]
        hover = [
            f"{format_quantity(part, 'J')} a token, {format_percent(share)}"
            for part, share in zip(joules, shares, strict=True)
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
        bars=2 * len(bars),
        x_title=f"energy per token ({prefix}J)",
        y_title="model and node (nm)",
    )
    plot.update_layout(barmode="stack")
    plot.update_xaxes(range=[0, LINEAR_ROOM * max(totals) / factor])
    return Figure(
        key=f"figure-energy-{phase.split()[0]}",
        title=f"Energy of a token: {phase}",
        caption=find_energy(ledger, phase, tokens),
        plot=plot,
        legend=tuple(LegendEntry(label=name, colour=COLOURS.get(name, GREEN)) for name in names),
    )


def _make_bars(ledger: Ledger, phase: str, node_nm: int) -> Any:
    ratios = _find_ratios(ledger, phase, node_nm)
    return go.Bar(
        orientation="h",
        y=_scope_names(ledger),
        x=ratios,
        text=[format_ratio(ratio) if ratio else "" for ratio in ratios],
        textposition="outside",
        cliponaxis=False,
        marker={"color": find_colour(phase)},
        offsetgroup=plain(phase),
        hovertemplate=f"%{{y}}<br>{plain(phase)}, {node_nm} nm: %{{x:.4g}}×<extra></extra>",
    )


def _make_marks(ledger: Ledger, phase: str, node_nm: int, symbol: str) -> Any:
    return go.Scatter(
        mode="markers",
        y=_scope_names(ledger),
        x=_find_ratios(ledger, phase, node_nm),
        marker={"symbol": symbol, "size": 8, "color": INK},
        offsetgroup=plain(phase),
        orientation="h",
        hovertemplate=f"%{{y}}<br>{plain(phase)}, {node_nm} nm: %{{x:.4g}}×<extra></extra>",
    )


def _scope_names(ledger: Ledger) -> list[str]:
    return [plain(name_scope(scope)) for scope in ledger.scopes]


def _find_ratios(ledger: Ledger, phase: str, node_nm: int) -> list[float | None]:
    rows = [ledger.find_total(phase, node_nm, scope) for scope in ledger.scopes]
    return [row["ratio"] if row else None for row in rows]
