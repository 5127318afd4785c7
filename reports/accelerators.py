"""Published ternary accelerators beside the simulated array: a figure and a table.

Every number keeps the labels that decide whether it may be compared: node, what the power covers,
how the number came about. A ratio stands only where nothing differs.
"""

from typing import Any

import plotly.graph_objects as go

from reports.figures import (
    BLUE,
    GREEN,
    VERMILLION,
    Figure,
    LegendEntry,
    lay_out_bars,
    plain,
    scale_log,
)
from reports.notation import format_quantity
from reports.records import Record
from reports.tables import Cell, Table, make_table, show_number, show_quantity, show_text

NOT_REPORTED = "n/r"
ROW = 1.5
# Room beside the outermost points, as a factor.
MARGIN = 3.0
VALUES_PX = 36
# Kind of a point -> colour and mark.
KINDS = {
    "this array, simulated": (BLUE, "circle"),
    "ASIC, published": (VERMILLION, "diamond"),
    "FPGA, published": (GREEN, "square"),
}


def draw_accelerators(record: Record) -> Figure:
    """Return the energy a MAC of every design that reports it, with its labels."""
    points = list_points(record)
    by_kind: dict[str, list[tuple[str, float]]] = {kind: [] for kind in KINDS}
    for kind, name, energy_pj in points:
        by_kind[kind].append((name, energy_pj))
    traces: list[Any] = []
    for kind, (colour, mark) in KINDS.items():
        if by_kind[kind]:
            traces.append(
                go.Scatter(
                    mode="markers+text",
                    y=[plain(name) for name, _ in by_kind[kind]],
                    x=[energy_pj for _, energy_pj in by_kind[kind]],
                    marker={"symbol": mark, "size": 11, "color": colour},
                    text=[f"  {format_quantity(pj * 1e-12, 'J')}" for _, pj in by_kind[kind]],
                    textposition="middle right",
                    cliponaxis=False,
                    hovertemplate=f"%{{y}}<br>{kind}: %{{x:.3g}} pJ<extra></extra>",
                )
            )
    plot = lay_out_bars(
        traces,
        bars=int(ROW * len(points)),
        x_title="energy a MAC (pJ)",
        y_title="design, node, what the power covers",
    )
    energies = [energy_pj for _, _, energy_pj in points]
    plot.update_xaxes(scale_log(min(energies) / MARGIN, max(energies) * MARGIN))
    plot.update_layout(margin={"r": VALUES_PX})
    plot.update_yaxes(
        showgrid=True, categoryorder="array", categoryarray=[plain(name) for _, name, _ in points]
    )
    return Figure(
        key="figure-accelerators",
        title="Energy a MAC, published and simulated",
        caption=find_accelerators(record),
        plot=plot,
        legend=tuple(
            LegendEntry(label=kind, colour=colour, mark=mark)
            for kind, (colour, mark) in KINDS.items()
            if by_kind[kind]
        ),
    )


def list_points(record: Record) -> list[tuple[str, str, float]]:
    """Return kind, label and pJ a MAC of every design that has one, the least first."""
    points = [
        (
            "this array, simulated",
            f"this array, {row['node_nm']} nm {row['scope']}",
            row["energy_pj_mac"],
        )
        for row in record["simulated"]
    ]
    for row in record["published"]:
        if row["energy_pj_mac"] is not None:
            design = row["published"]
            kind = "ASIC, published" if design["target"] == "asic" else "FPGA, published"
            scope = design["scope"] or NOT_REPORTED
            covers = "" if scope in design["name"] else scope
            label = ", ".join(
                filter(None, (design["name"], f"{_name_node(design)} {covers}".strip()))
            )
            points.append((kind, label, row["energy_pj_mac"]))
    return sorted(points, key=lambda point: point[2])


def tabulate_accelerators(record: Record) -> Table:
    """Return one row a design: the simulated array first, then the published ones."""
    columns = ("design", "model", "technology", "power covers", "basis", "decode tokens/s", "power")
    rows: list[tuple[Cell, ...]] = [
        (
            show_text("this array", tone="strong"),
            show_text(row["model"]),
            show_text(f"{row['node_nm']} nm"),
            show_text(row["scope"]),
            show_text("simulated"),
            show_number(row["tokens_s"]),
            show_quantity(row["power_w"], "W"),
            show_number(row["energy_pj_mac"]),
            show_text(""),
            show_text("without leakage, clock tree, and the time of attention and LM head"),
        )
        for row in record["simulated"]
    ]
    rows += [_tabulate(row) for row in record["published"]]
    return make_table(
        "table-accelerators",
        "Ternary accelerators; an op is a MAC here, n/r: not reported, nothing scaled to a node",
        (*columns, "pJ/MAC", "differs from our core in", "how pJ/MAC follows; source; remark"),
        rows,
    )


def find_accelerators(record: Record) -> str:
    """Return our own range, the published range, and how many may be compared."""
    ours = {row["scope"]: row["energy_pj_mac"] for row in record["simulated"]}
    published = [row for row in record["published"] if row["energy_pj_mac"] is not None]
    alike = [row["published"]["name"] for row in published if row["ratio"] is not None]
    own = ", ".join(f"{format_quantity(pj * 1e-12, 'J')} ({name})" for name, pj in ours.items())
    low, high = (pick(row["energy_pj_mac"] for row in published) for pick in (min, max))
    verdict = "like for like: " + ", ".join(alike) if alike else "none like for like with our core"
    return (
        f"This array: {own} a MAC. {len(published)} of {len(record['published'])} published "
        f"designs tell an energy a MAC, from {format_quantity(low * 1e-12, 'J')} to "
        f"{format_quantity(high * 1e-12, 'J')}; {verdict}. Nodes, models and what a power covers "
        "differ as labelled."
    )


def _tabulate(row: Record) -> tuple[Cell, ...]:
    design = row["published"]
    remarks = (row["rule"], design["source"], design["note"])
    return (
        show_text(design["name"]),
        show_text(design["model"] or NOT_REPORTED),
        show_text(_name_node(design)),
        show_text(design["scope"] or NOT_REPORTED),
        show_text(design["basis"] or NOT_REPORTED, tone=""),
        _show(design["decode_tokens_s"]),
        _show(design["power_w"], "W"),
        _show(row["energy_pj_mac"]),
        show_text("; ".join(row["differs"]) or "nothing", tone=""),
        show_text("; ".join(filter(None, remarks))),
    )


def _name_node(design: Record) -> str:
    if design["target"] == "fpga":
        return "FPGA"
    return f"{design['node_nm']:g} nm" if design["node_nm"] else f"node {NOT_REPORTED}"


def _show(value: float | None, unit: str = "") -> Cell:
    if value is None:
        return Cell(text=NOT_REPORTED, sort=None)
    return show_quantity(value, unit) if unit else show_number(value)
