"""The figure of cycles: how the matmuls of a pass spend them, all layers together."""

from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from reports.bars import PATTERNS, VALUES_PX, fill_bars, label_bars, lay_out_bars, write_values
from reports.figures import GREEN, GREY, ORANGE, VERMILLION, Figure, LegendEntry, plain
from reports.findings import find_cycles
from reports.notation import choose_prefix, format_percent, format_significant
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
        return LegendEntry(label=self.name, colour=self.colour, mark=PATTERNS[self.pattern])


ADDING = Part(name="adding", fields=("issue_cycles",), colour=GREEN)
WAIT = Part(
    name="waiting for weights", fields=("weight_stall_cycles",), colour=VERMILLION, pattern="/"
)
EDGES = Part(name="filling and draining", fields=("fill_cycles", "drain_cycles"), colour=GREY)
# Only of arrays with tables.
TABLES = Part(name="waiting for tables", fields=("idle_cycles",), colour=ORANGE, pattern="\\")


def list_parts(phase: Record) -> tuple[Part, ...]:
    """Return the parts that a phase has; only an array with tables waits for them."""
    waits = any(matmul.get("idle_cycles") for matmul in phase["matmuls"])
    return (ADDING, WAIT, TABLES, EDGES) if waits else (ADDING, WAIT, EDGES)


def draw_cycles(phase: Record) -> Figure:
    """Return the cycles of every matmul of a phase, all its repeats together, by what they do."""
    matmuls = phase["matmuls"]
    names = [f"{plain(matmul['name'])} ×{matmul['count']}" for matmul in matmuls]
    totals = [matmul["count"] * matmul["cycles"] for matmul in matmuls]
    prefix, factor = choose_prefix(max(totals))
    traces: list[Any] = []
    parts = list_parts(phase)
    for part in parts:
        counts = [matmul["count"] * part.count(matmul) for matmul in matmuls]
        traces.append(
            go.Bar(
                orientation="h",
                y=names,
                x=[count / factor for count in counts],
                marker=fill_bars(part.colour, part.pattern),
                customdata=[f"{count:,}" for count in counts],
                hovertemplate=f"%{{y}}<br>{part.name}: %{{customdata}} cycles<extra></extra>",
                **label_bars(
                    [
                        format_percent(count / total)
                        for count, total in zip(counts, totals, strict=True)
                    ],
                    part.colour,
                ),
            )
        )
    ends = [total / factor for total in totals]
    traces.append(write_values(names, ends, [format_significant(end) for end in ends]))
    plot = lay_out_bars(
        traces,
        bars=int(1.6 * len(names)),
        x_title=f"{prefix}cycles per pass",
        y_title="matmul × layers",
    )
    plot.update_layout(barmode="stack", margin={"r": VALUES_PX})
    plot.update_xaxes(range=[0, max(ends)])
    return Figure(
        key=f"figure-cycles-{phase['phase']}",
        title=f"Cycles by matmul: {phase['phase']}",
        caption=find_cycles(phase),
        plot=plot,
        legend=tuple(part.entry for part in parts),
    )
