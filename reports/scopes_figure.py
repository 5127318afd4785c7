"""The figure of the question: the energy ratio FP16 / ternary as the scope widens."""

from typing import Any, TypeAlias

import plotly.graph_objects as go

from reports.figures import (
    BAR_GAP,
    INK,
    Figure,
    LegendEntry,
    find_colour,
    lay_out_bars,
    plain,
    scale_log,
)
from reports.findings import find_scopes
from reports.notation import format_ratio
from reports.records import Ledger
from reports.scopes import name_scope

# Room for the column of values behind the longest bar, as a factor of its length.
LABEL_ROOM = 2.8
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
        y_title="scope (each + adds)",
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
