"""The figure of cycles: how the matmuls of a pass spend them, all layers together."""

from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from reports.figures import (
    GREEN,
    GREY,
    HATCHING,
    ORANGE,
    VERMILLION,
    Figure,
    LegendEntry,
    lay_out_bars,
    plain,
)
from reports.findings import find_cycles
from reports.notation import choose_prefix
from reports.records import Record


@dataclass(frozen=True, kw_only=True)
class Part:
    """What cycles are spent on: the fields of a matmul that it sums, and how it is drawn."""

    name: str
    fields: tuple[str, ...]
    colour: str
    pattern: str = ""

    def count(self, matmul: Record) -> int:
        """Return its cycles in one matmul."""
        return sum(matmul[field] for field in self.fields)

    @property
    def entry(self) -> LegendEntry:
        """Its place in a legend."""
        mark = "hatched" if self.pattern else "square"
        return LegendEntry(label=self.name, colour=self.colour, mark=mark)


ISSUE = Part(name="issue", fields=("issue_cycles",), colour=GREEN)
WAIT = Part(
    name="wait for weights", fields=("weight_stall_cycles",), colour=VERMILLION, pattern="/"
)
EDGES = Part(name="fill and drain", fields=("fill_cycles", "drain_cycles"), colour=GREY)
# Only of arrays with tables.
TABLES = Part(name="wait for tables", fields=("idle_cycles",), colour=ORANGE, pattern="\\")


def list_parts(phase: Record) -> tuple[Part, ...]:
    """Return the parts that a phase has; only an array with tables waits for them."""
    waits = any(matmul.get("idle_cycles") for matmul in phase["matmuls"])
    return (ISSUE, WAIT, TABLES, EDGES) if waits else (ISSUE, WAIT, EDGES)


def draw_cycles(phase: Record) -> Figure:
    """Return the cycles of every matmul of a phase, all its repeats together, by what they do."""
    matmuls = phase["matmuls"]
    names = [f"{plain(matmul['name'])} ×{matmul['count']}" for matmul in matmuls]
    largest = max(matmul["count"] * matmul["cycles"] for matmul in matmuls)
    prefix, factor = choose_prefix(largest)
    traces: list[Any] = []
    parts = list_parts(phase)
    for part in parts:
        counts = [matmul["count"] * part.count(matmul) for matmul in matmuls]
        traces.append(
            go.Bar(
                orientation="h",
                y=names,
                x=[count / factor for count in counts],
                marker={"color": part.colour, "pattern": {"shape": part.pattern, **HATCHING}},
                customdata=[f"{count:,}" for count in counts],
                hovertemplate=f"%{{y}}<br>{part.name}: %{{customdata}} cycles<extra></extra>",
            )
        )
    plot = lay_out_bars(
        traces,
        bars=int(1.6 * len(names)),
        x_title=f"{prefix}cycles per pass",
        y_title="matmul × layers",
    )
    plot.update_layout(barmode="stack")
    return Figure(
        key=f"figure-cycles-{phase['phase']}",
        title=f"Cycles by matmul: {phase['phase']}",
        caption=find_cycles(phase),
        plot=plot,
        legend=tuple(part.entry for part in parts),
    )
