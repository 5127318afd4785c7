"""Published ternary accelerators beside the simulated array, as a figure.

Every number keeps the labels that decide whether it may be compared: node, what the power covers,
how the number came about. A ratio stands only where nothing differs.
"""

from typing import Any

import plotly.graph_objects as go

from reports.bars import lay_out_bars
from reports.figures import BLUE, GREEN, VERMILLION, Figure, LegendEntry, plain, scale_log
from reports.notation import format_significant
from reports.records import Record

NOT_REPORTED = "n/r"
ROW = 1.8
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
                    text=[f"  {format_significant(pj)}" for _, pj in by_kind[kind]],
                    textposition="middle right",
                    cliponaxis=False,
                    customdata=[f"{format_significant(pj)} pJ" for _, pj in by_kind[kind]],
                    hovertemplate=f"%{{y}}<br>{kind}: %{{customdata}} a MAC<extra></extra>",
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
                filter(None, (design["name"], f"{name_node(design)} {covers}".strip()))
            )
            points.append((kind, label, row["energy_pj_mac"]))
    return sorted(points, key=lambda point: point[2])


def find_accelerators(record: Record) -> str:
    """Return our own range, the published range, and how many may be compared."""
    ours = {row["scope"]: row["energy_pj_mac"] for row in record["simulated"]}
    published = [row for row in record["published"] if row["energy_pj_mac"] is not None]
    alike = [row["published"]["name"] for row in published if row["ratio"] is not None]
    own = ", ".join(f"{format_significant(pj)} pJ ({name})" for name, pj in ours.items())
    low, high = (pick(row["energy_pj_mac"] for row in published) for pick in (min, max))
    verdict = "like for like: " + ", ".join(alike) if alike else "none like for like with our core"
    return (
        f"This array: {own} a MAC. {len(published)} of {len(record['published'])} published "
        f"designs tell an energy a MAC, from {format_significant(low)} pJ to "
        f"{format_significant(high)} pJ; {verdict}. Nodes, models and what a power covers "
        "differ as labelled."
    )


def name_node(design: Record) -> str:
    """Return the technology of a published design, such as ``16 nm`` or ``FPGA``."""
    if design["target"] == "fpga":
        return "FPGA"
    return f"{design['node_nm']:g} nm" if design["node_nm"] else f"node {NOT_REPORTED}"
