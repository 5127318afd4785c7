"""The figure of two runs' ratios, second / first: cycles and energy."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from reports.bars import lay_out_bars
from reports.figures import BLUE, GREEN, Figure, LegendEntry, plain, scale_log
from reports.notation import format_ratio
from reports.records import Ledger, Record
from reports.scopes import name_scope

Names = tuple[str, str]
Runs = tuple[Record, Record]

# Room beside the outermost ratios, as a factor; a ratio closer to 1 than this is called the same.
MARGIN = 1.5
SAME = 5e-4
RATIOS_PX = 44


def draw_ratios(names: Names, runs: Runs) -> Figure:
    """Return second / first of cycles and of energy at every scope, a mark each."""
    ratios = list_ratios(runs)
    traces: list[Any] = []
    kinds = {"cycles": (BLUE, "circle"), "energy": (GREEN, "diamond")}
    for kind, (colour, mark) in kinds.items():
        rows = [(label, ratio) for found, label, ratio in ratios if found == kind]
        traces.append(
            go.Scatter(
                mode="markers+text",
                y=[plain(label) for label, _ in rows],
                x=[ratio for _, ratio in rows],
                marker={"symbol": mark, "size": 11, "color": colour},
                text=[f"  {format_ratio(ratio)}  " for _, ratio in rows],
                # On the side away from the line at 1.
                textposition=["middle left" if r < 1 - SAME else "middle right" for _, r in rows],
                cliponaxis=False,
                customdata=[format_ratio(ratio) for _, ratio in rows],
                hovertemplate=f"%{{y}}<br>{kind}: %{{customdata}}<extra></extra>",
            )
        )
    energy = f" and energy at {nm} nm" if (nm := find_node(runs)) else ""
    plot = lay_out_bars(
        [trace for trace in traces if len(trace.x)],
        bars=2 * len(ratios),
        x_title=f"{plain(names[1])} / {plain(names[0])} (×)",
        y_title="result",
    )
    known = [1.0, *(ratio for _, _, ratio in ratios)]
    # On a phone too there is room for a value left of the lowest mark.
    room = max(MARGIN, (max(known) / min(known)) ** 0.7)
    plot.update_xaxes(scale_log(min(known) / room, max(known) * MARGIN))
    plot.update_yaxes(
        showgrid=True,
        categoryorder="array",
        categoryarray=[plain(label) for _, label, _ in ratios],
    )
    plot.add_vline(x=1, line={"color": BLUE, "width": 1, "dash": "dot"})
    plot.update_layout(margin={"r": RATIOS_PX})
    return Figure(
        key="figure-ratios",
        title=f"Cycles{energy} of the second run, times those of the first",
        caption=find_ratios(names, ratios),
        plot=plot,
        legend=tuple(
            LegendEntry(label=kind, colour=colour, mark=mark)
            for kind, (colour, mark) in kinds.items()
        ),
    )


def list_ratios(runs: Runs) -> list[tuple[str, str, float]]:
    """Return kind, label and second / first of what both runs have, cycles first."""
    ratios = []
    for one, two in zip(*(run["phases"] for run in runs), strict=True):
        ratio = (two["cycles"] / two["tokens"]) / (one["cycles"] / one["tokens"])
        ratios.append(("cycles", f"{one['phase']}: cycles a token", ratio))
    if nm := find_node(runs):
        first, second = (_list_energies(run, nm) for run in runs)
        ratios += [
            ("energy", label, second[label] / pj)
            for label, pj in first.items()
            if pj and second.get(label)
        ]
    return ratios


def find_node(runs: Runs) -> int | None:
    """Return the first node in nm at which both runs count energy, if there is one."""
    one, two = (Ledger(run["energy"]).nodes_nm for run in runs)
    return next((nm for nm in one if nm in two), None)


def find_ratios(names: Names, ratios: Sequence[tuple[str, str, float]]) -> str:
    """Return how many results fall and rise, and which do most."""
    falling = [row for row in ratios if row[2] < 1 - SAME]
    rising = [row for row in ratios if row[2] > 1 + SAME]
    parts = [
        f"{names[1]} against {names[0]}: {len(falling)} of {len(ratios)} fall, {len(rising)} rise"
    ]
    for word, rows, pick in (("falls", falling, min), ("rises", rising, max)):
        if rows:
            _, label, ratio = pick(rows, key=lambda row: row[2])
            parts.append(f"{label} {word} most, to {format_ratio(ratio)}")
    return "; ".join(parts) + "."


def _list_energies(run: Record, node_nm: int) -> dict[str, float]:
    """Return the ternary energy a token in pJ at every scope of a phase."""
    ledger, tokens = Ledger(run["energy"]), {p["phase"]: p["tokens"] for p in run["phases"]}
    found = {}
    for phase in ledger.phases:
        name = phase.split()[0]
        for scope in ledger.scopes[1:]:  # without the one operation
            if total := ledger.find_total(phase, node_nm, scope):
                label = f"{name}: {name_scope(scope)}"
                found[label] = total["ternary_pj"] / tokens.get(name, 1)
    return found
