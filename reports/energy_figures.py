"""Figures of energy: the ratio at widening scopes, and where a token's energy goes."""

from typing import Any, TypeAlias

import plotly.graph_objects as go

from reports.energy_groups import COLOURS, group_energy
from reports.figures import (
    BAR_GAP,
    GREEN,
    INK,
    Figure,
    LegendEntry,
    find_colour,
    lay_out_bars,
    plain,
    scale_log,
)
from reports.findings import find_energy, find_scopes
from reports.notation import choose_prefix, format_percent, format_quantity, format_ratio
from reports.records import Ledger, name_scope

# Room for the labels behind the longest bar, as a factor of its length.
LABEL_ROOM = 2.8
TOTAL_ROOM = 1.25
SYMBOLS = ("diamond", "circle", "square")

Ratios: TypeAlias = list[float | None]


def draw_scopes(ledger: Ledger) -> Figure:
    """Return the ratio FP16 / ternary at every scope: bars at the first node, marks at others."""
    first_nm, *others_nm = ledger.nodes_nm
    marked = dict(zip(others_nm, SYMBOLS, strict=False))
    ratios = {
        (phase, nm): _find_ratios(ledger, phase, nm)
        for phase in ledger.phases
        for nm in ledger.nodes_nm
    }
    known = [1.0, *(ratio for passed in ratios.values() for ratio in passed if ratio)]
    low, high = min(known), max(known) * LABEL_ROOM
    names = [plain(name_scope(scope)) for scope in ledger.scopes]
    traces: list[Any] = []
    for phase in ledger.phases:
        traces.append(_make_bars(names, ratios[phase, first_nm], phase, first_nm))
        traces += [
            _make_marks(names, ratios[phase, nm], phase, nm, symbol)
            for nm, symbol in marked.items()
        ]
        traces.append(_make_labels(names, ratios[phase, first_nm], phase, high))
    plot = lay_out_bars(
        traces,
        bars=len(names) * (len(ledger.phases) + 1),
        x_title="energy in FP16 / energy in ternary (×)",
        y_title="scope",
    )
    plot.update_layout(scattermode="group", scattergap=BAR_GAP)
    plot.update_xaxes(scale_log(low, high))
    return Figure(
        key="figure-scopes",
        title="Energy ratio at widening scopes",
        caption=find_scopes(ledger, first_nm),
        plot=plot,
        legend=(
            *(
                LegendEntry(label=f"{phase}, {first_nm} nm", colour=find_colour(phase))
                for phase in ledger.phases
            ),
            *(LegendEntry(label=f"{nm} nm", mark=symbol) for nm, symbol in marked.items()),
        ),
    )


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


def _make_bars(names: list[str], ratios: Ratios, phase: str, node_nm: int) -> Any:
    return go.Bar(
        orientation="h",
        y=names,
        x=ratios,
        marker={"color": find_colour(phase)},
        offsetgroup=plain(phase),
        hovertemplate=f"%{{y}}<br>{plain(phase)}, {node_nm} nm: %{{x:.4g}}×<extra></extra>",
    )


def _make_marks(names: list[str], ratios: Ratios, phase: str, node_nm: int, symbol: str) -> Any:
    return go.Scatter(
        mode="markers",
        orientation="h",
        y=names,
        x=ratios,
        marker={"symbol": symbol, "size": 8, "color": INK},
        offsetgroup=plain(phase),
        hovertemplate=f"%{{y}}<br>{plain(phase)}, {node_nm} nm: %{{x:.4g}}×<extra></extra>",
    )


def _make_labels(names: list[str], ratios: Ratios, phase: str, right: float) -> Any:
    """Return the bars' values in a column at `right`, where no mark can hide them."""
    return go.Scatter(
        mode="text",
        orientation="h",
        y=names,
        x=[right] * len(names),
        text=[format_ratio(ratio) for ratio in ratios],
        textposition="middle left",
        offsetgroup=plain(phase),
        hoverinfo="skip",
    )


def _find_ratios(ledger: Ledger, phase: str, node_nm: int) -> Ratios:
    rows = [ledger.find_total(phase, node_nm, scope) for scope in ledger.scopes]
    return [row["ratio"] if row else None for row in rows]
