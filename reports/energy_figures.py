"""The figures of energy: where a token's goes, in FP16 and in ternary."""

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from reports.bars import VALUES_PX, label_bars, lay_out_bars, write_values
from reports.energy_groups import (
    COLOURS,
    fill_group,
    find_group_colour,
    group_energy,
    mark_group,
)
from reports.figures import Figure, plain
from reports.findings import find_energy
from reports.notation import choose_prefix, format_percent, format_quantity
from reports.records import Ledger
from reports.tables import (
    Table,
    make_table,
    show_count,
    show_percent,
    show_quantity,
    show_ratio,
    show_text,
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
        shares = [format_percent(part / total) for part, total in zip(joules, totals, strict=True)]
        hover = [
            f"{format_quantity(part, 'J')} a token, {share}"
            for part, share in zip(joules, shares, strict=True)
        ]
        traces.append(
            go.Bar(
                orientation="h",
                y=list(bars),
                x=[part / factor for part in joules],
                marker=fill_group(name),
                customdata=hover,
                **label_bars(shares, find_group_colour(name)),
                hovertemplate=f"%{{y}}<br>{plain(name)}: %{{customdata}}<extra></extra>",
            )
        )
    totals_j = [format_quantity(total, "J") for total in totals]
    traces.append(write_values(list(bars), [total / factor for total in totals], totals_j))
    plot = lay_out_bars(
        traces,
        bars=max(2 * len(bars), 6),
        x_title=f"energy per token ({prefix}J)",
        y_title="model, node",
    )
    plot.update_layout(barmode="stack", margin={"r": VALUES_PX})
    plot.update_xaxes(range=[0, max(totals) / factor])
    return Figure(
        key=f"figure-energy-{phase.split()[0]}",
        title=f"Energy of a token: {phase}",
        caption=find_energy(ledger, phase, tokens),
        plot=plot,
        legend=tuple(mark_group(name) for name in names),
    )


def tabulate_energy(ledger: Ledger, tokens: Mapping[str, int]) -> Table:
    """Return one row a phase, node and group: energy a token in both, the group's share."""
    rows = []
    for phase in ledger.phases:
        count = tokens.get(phase.split()[0], 1)
        for nm in ledger.nodes_nm:
            groups = group_energy(ledger.find_parts(phase, nm))
            whole = sum(group.ternary_pj for group in groups)
            rows += [
                (
                    show_text(phase),
                    show_count(nm),
                    show_text(group.name),
                    show_quantity(group.fp16_pj * 1e-12 / count, "J"),
                    show_quantity(group.ternary_pj * 1e-12 / count, "J"),
                    show_ratio(group.fp16_pj / group.ternary_pj if group.ternary_pj else None),
                    show_percent(group.ternary_pj / whole),
                )
                for group in groups
            ]
    return make_table(
        "table-energy",
        "Energy of a token by category",
        ("phase", "node, nm", "category", "FP16", "ternary", "FP16 / ternary", "share of ternary"),
        rows,
    )
