"""Where a token's ternary energy goes by operation: each matmul over all layers, and the rest."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from reports.bars import VALUES_PX, lay_out_bars, write_values
from reports.energy_groups import COLOURS, fill_group, mark_group, name_group
from reports.figures import Figure, plain
from reports.notation import choose_prefix, format_percent, format_quantity
from reports.records import Record
from reports.tables import (
    DASH,
    Cell,
    Table,
    make_table,
    show_count,
    show_percent,
    show_quantity,
    show_text,
)
from reports.timeline import count_layers


def draw_operations(rows: Sequence[Record], phase: Record) -> Figure:
    """Return one bar an operation, stacked by group, of the energy per token of a phase."""
    tokens = phase["tokens"]
    totals = sum_operations(rows)
    prefix, factor = choose_prefix(max(totals.values()) * 1e-12 / tokens)
    names = [name for name in COLOURS if any(name_group(row) == name for row in rows)]
    traces: list[Any] = []
    for name in names:
        sums = sum_operations([row for row in rows if name_group(row) == name])
        joules = [sums.get(operation, 0.0) * 1e-12 / tokens for operation in totals]
        traces.append(
            go.Bar(
                orientation="h",
                y=[plain(operation) for operation in totals],
                x=[part / factor for part in joules],
                marker=fill_group(name),
                customdata=[format_quantity(part, "J") for part in joules],
                hovertemplate=f"%{{y}}<br>{plain(name)}: %{{customdata}} a token<extra></extra>",
            )
        )
    ends = [total * 1e-12 / tokens for total in totals.values()]
    values = [format_quantity(end, "J") for end in ends]
    traces.append(write_values([*map(plain, totals)], [end / factor for end in ends], values))
    plot = lay_out_bars(
        traces,
        bars=int(1.5 * len(totals)),
        x_title=f"energy per token, all layers ({prefix}J)",
        y_title="operation",
    )
    plot.update_layout(barmode="stack", margin={"r": VALUES_PX})
    plot.update_xaxes(range=[0, max(ends) / factor])
    return Figure(
        key=f"figure-operations-{phase['phase']}",
        title=f"Energy of a token by operation: {phase['phase']}",
        caption=find_operations(rows, phase),
        plot=plot,
        legend=tuple(mark_group(name) for name in names),
    )


def tabulate_operations(rows: Sequence[Record], phases: Sequence[Record]) -> Table:
    """Return one row an operation and phase: of all layers, of one, and its share."""
    cells = []
    for phase in phases:
        own = [row for row in rows if row["phase"] == phase["phase"]]
        totals, layers = sum_operations(own), count_layers(phase)
        for operation, energy_pj in totals.items():
            joules = energy_pj * 1e-12 / phase["tokens"]
            cells.append(
                (
                    show_text(phase["phase"]),
                    show_count(own[0]["node_nm"]),
                    show_text(operation),
                    show_quantity(joules, "J"),
                    Cell(text=DASH, sort=None)
                    if operation.startswith("lm-head")
                    else show_quantity(joules / layers, "J"),
                    show_percent(energy_pj / sum(totals.values())),
                )
            )
    return make_table(
        "table-operations",
        "Ternary energy of a token by operation; the LM head belongs to no layer",
        ("phase", "node, nm", "operation", "all layers", "one layer", "share"),
        cells,
    )


def find_operations(rows: Sequence[Record], phase: Record) -> str:
    """Return what a layer takes, which operation takes most, and what no matmul takes."""
    totals = sum_operations(rows)
    whole, layers = sum(totals.values()), count_layers(phase)
    matmuls = {m["name"]: totals.get(m["name"], 0.0) for m in phase["matmuls"]}
    inside = sum(matmuls.values())
    most = max(totals, key=lambda operation: totals[operation])
    layer = inside * 1e-12 / phase["tokens"] / layers
    return (
        f"{phase['phase'].capitalize()} at {rows[0]['node_nm']} nm: the most, "
        f"{format_percent(totals[most] / whole)}, goes to {most}. The ternary matmuls "
        f"of each of {layers} layers take {format_quantity(layer, 'J')} a token; "
        f"{format_percent(1 - inside / whole)} of all energy belongs to no ternary matmul."
    )


def sum_operations(rows: Sequence[Record]) -> dict[str, float]:
    """Return the pJ of every operation, matmuls first."""
    sums: dict[str, float] = {}
    rest: dict[str, float] = {}
    for row in rows:
        own = rest if row["operation"] == row["category"] else sums
        own[row["operation"]] = own.get(row["operation"], 0.0) + row["ternary_pj"]
    return sums | rest
