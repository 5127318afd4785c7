"""The figures of two runs: the ratios of their results, and how both spend their cycles."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from reports.cycle_figures import list_parts
from reports.figures import (
    BLUE,
    GREEN,
    HATCHING,
    Figure,
    LegendEntry,
    lay_out_bars,
    plain,
    scale_log,
)
from reports.notation import choose_prefix, format_percent, format_ratio
from reports.records import Ledger, Record
from reports.scopes import name_scope

Names = tuple[str, str]
Runs = tuple[Record, Record]

# Room beside the outermost ratios, as a factor; a ratio closer to 1 than this is called the same.
MARGIN = 1.5
SAME = 5e-4
VALUES_PX = 44


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
                text=[f"  {format_ratio(ratio)}" for _, ratio in rows],
                textposition="middle right",
                cliponaxis=False,
                hovertemplate=f"%{{y}}<br>{kind}: %{{x:.4g}}×<extra></extra>",
            )
        )
    plot = lay_out_bars(
        [trace for trace in traces if len(trace.x)],
        bars=int(1.4 * len(ratios)),
        x_title=f"{plain(names[1])} / {plain(names[0])} (×)",
        y_title="result",
    )
    known = [1.0, *(ratio for _, _, ratio in ratios)]
    plot.update_xaxes(scale_log(min(known) / MARGIN, max(known) * MARGIN))
    plot.update_yaxes(
        showgrid=True,
        categoryorder="array",
        categoryarray=[plain(label) for _, label, _ in ratios],
    )
    plot.add_vline(x=1, line={"color": BLUE, "width": 1, "dash": "dot"})
    plot.update_layout(margin={"r": VALUES_PX})
    return Figure(
        key="figure-ratios",
        title="Cycles and energy of the second run, times those of the first",
        caption=find_ratios(names, ratios),
        plot=plot,
        legend=tuple(
            LegendEntry(label=kind, colour=colour, mark=mark)
            for kind, (colour, mark) in kinds.items()
        ),
    )


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
    traces = []
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
                marker={"color": part.colour, "pattern": {"shape": part.pattern, **HATCHING}},
                customdata=[format_percent(share) for share in shares],
                hovertemplate=f"%{{y}}<br>{part.name}: %{{customdata}}<extra></extra>",
            )
        )
    plot = lay_out_bars(
        traces,
        bars=max(int(1.7 * len(rows)), 5),
        x_title=f"{prefix}cycles a token",
        y_title="phase, run",
    )
    plot.update_layout(barmode="stack")
    return Figure(
        key="figure-cycles",
        title="Cycles a token in both runs",
        caption=find_cycles(rows),
        plot=plot,
        legend=tuple(part.entry for part in parts.values()),
    )


def list_ratios(runs: Runs) -> list[tuple[str, str, float]]:
    """Return kind, label and second / first of what both runs have, cycles first."""
    ratios = []
    for one, two in zip(*(run["phases"] for run in runs), strict=True):
        ratio = (two["cycles"] / two["tokens"]) / (one["cycles"] / one["tokens"])
        ratios.append(("cycles", f"{one['phase']}: cycles a token", ratio))
    energies = [_list_energies(run) for run in runs]
    ratios += [
        ("energy", label, energies[1][label] / pj)
        for label, pj in energies[0].items()
        if pj and energies[1].get(label)
    ]
    return ratios


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


def find_cycles(rows: Sequence[tuple[str, Record]]) -> str:
    """Return the cycles a token of every row, and the share that waits."""
    return " ".join(
        f"{label}: {phase['cycles'] / phase['tokens']:,.0f} cycles a token, "
        f"{format_percent(phase['stall_share'])} waiting for weights."
        for label, phase in rows
    )


def _list_energies(run: Record) -> dict[str, float]:
    """Return the ternary energy a token in pJ at every scope of a phase, at the first node."""
    ledger, tokens = Ledger(run["energy"]), {p["phase"]: p["tokens"] for p in run["phases"]}
    found = {}
    for phase in ledger.phases:
        name = phase.split()[0]
        for scope in ledger.scopes[1:]:  # without the one operation
            if total := ledger.find_total(phase, ledger.nodes_nm[0], scope):
                label = f"{name}: {name_scope(scope)}, {ledger.nodes_nm[0]} nm"
                found[label] = total["ternary_pj"] / tokens.get(name, 1)
    return found
