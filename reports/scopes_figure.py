"""The figure of the question: a waterfall of the ratio FP16 / ternary as the scope widens."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from reports.bars import BAR_GAP, fill_bars, lay_out_bars
from reports.figures import INK, Figure, LegendEntry, find_colour, plain, scale_log
from reports.findings import find_scopes
from reports.notation import format_ratio
from reports.records import Ledger
from reports.scope_steps import Ratios, label_step, list_ratios, list_steps
from reports.scopes import name_scope

TOTAL = "everything counted"
# Beside the bars, for a ratio and the factor of its step.
VALUES_PX = 86
# Room behind the longest bar, as a factor.
MARGIN = 1.1
SYMBOLS = ("diamond", "circle", "square")


def draw_scopes(ledger: Ledger) -> Figure:
    """Return the ratio's steps from scope to scope: bars at the first node, marks at others."""
    first_nm, *others_nm = ledger.nodes_nm
    marked = dict(zip(others_nm, SYMBOLS, strict=False))
    ratios = {
        (phase, nm): list_ratios(ledger, phase, nm)
        for phase in ledger.phases
        for nm in ledger.nodes_nm
    }
    known = [1.0, *(ratio for passed in ratios.values() for ratio in passed if ratio)]
    low, high = min(known), max(known) * MARGIN
    names = [*(plain(name_scope(scope)) for scope in ledger.scopes), TOTAL]
    traces: list[Any] = []
    for phase in ledger.phases:
        passed = ratios[phase, first_nm]
        traces.append(_make_steps(names, passed, phase, first_nm, low))
        traces.append(_make_connector(names, passed, phase))
        traces += [
            _make_marks(names, ratios[phase, nm], phase, nm, symbol)
            for nm, symbol in marked.items()
        ]
        traces.append(_make_labels(names, passed, phase, high))
    plot = lay_out_bars(
        traces,
        bars=len(names) * (len(ledger.phases) + 1),
        x_title="energy in FP16 / energy in ternary (×)",
        y_title="scope (each + adds)",
    )
    plot.update_layout(scattermode="group", scattergap=BAR_GAP, margin={"r": VALUES_PX})
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
            LegendEntry(label="the ratio rises again", colour="var(--muted)", mark="hatched"),
            *(LegendEntry(label=f"{nm} nm", mark=symbol) for nm, symbol in marked.items()),
        ),
    )


def _make_steps(names: list[str], ratios: Ratios, phase: str, node_nm: int, low: float) -> Any:
    steps = list_steps(ratios, low)
    inner = range(1, len(steps) - 1)
    rises = [i in inner and (step := steps[i]) and step[1] > step[0] for i in range(len(steps))]
    return go.Bar(
        orientation="h",
        y=names,
        x=[step and step[1] - step[0] for step in steps],
        base=[step and step[0] for step in steps],
        marker=fill_bars(find_colour(phase), ["/" if rise else "" for rise in rises]),
        offsetgroup=plain(phase),
        customdata=_hover(ratios),
        hovertemplate=f"%{{y}}<br>{plain(phase)}, {node_nm} nm: %{{customdata}}<extra></extra>",
    )


def _make_connector(names: list[str], ratios: Ratios, phase: str) -> Any:
    """Return the line from the end of each bar down to where the next one begins."""
    return go.Scatter(
        mode="lines",
        orientation="h",
        y=names[:-1],
        x=ratios[:-1],
        line={"color": find_colour(phase), "width": 1, "shape": "vh"},
        offsetgroup=plain(phase),
        hoverinfo="skip",
    )


def _make_marks(names: list[str], ratios: Ratios, phase: str, node_nm: int, symbol: str) -> Any:
    return go.Scatter(
        mode="markers",
        orientation="h",
        y=names,
        x=ratios,
        marker={"symbol": symbol, "size": 8, "color": INK},
        offsetgroup=plain(phase),
        customdata=_hover(ratios),
        hovertemplate=f"%{{y}}<br>{plain(phase)}, {node_nm} nm: %{{customdata}}<extra></extra>",
    )


def _make_labels(names: list[str], ratios: Ratios, phase: str, right: float) -> Any:
    """Return the bars' values in a column at `right`, where no mark can hide them."""
    return go.Scatter(
        mode="text",
        orientation="h",
        y=names,
        x=[right] * len(names),
        text=[label_step(*pair) for pair in zip(ratios, [None, *ratios], strict=False)],
        textposition="middle right",
        cliponaxis=False,
        offsetgroup=plain(phase),
        hoverinfo="skip",
    )


def _hover(ratios: Sequence[float | None]) -> list[str]:
    return [format_ratio(ratio) for ratio in ratios]
