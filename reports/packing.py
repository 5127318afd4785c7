"""Memory traffic of a decoded token by number format and packing of the weights.

Counted from the model's record alone: the ternary matrices once, the LM head, and the keys and
values that the token reads. The last two are FP16 in every format.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from energy.counts import WEIGHT_BITS
from energy.formats import BASELINES, FORMATS
from reports.figures import Figure, LegendEntry, lay_out_bars, plain
from reports.notation import choose_prefix, format_percent, format_quantity, format_ratio
from reports.records import Record
from reports.tables import Cell, Table, make_table, show_number, show_quantity, show_text

FLOAT_BYTES = 2
# Named and coloured as in `reports.energy_groups`.
COLOURS = {
    "linear layers' weights": "#0072B2",
    "LM head (FP16)": "#999999",
    "keys and values (FP16)": "#CC79A7",
}
PACKINGS = {2.0: "ternary, 2 bits", 1.6: "ternary, five trits a byte"}
TOTAL_ROOM = 1.3


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """Bytes from memory for a decoded token, with the linear layers' weights in `weight_bits`."""

    name: str
    weight_bits: float
    linear_bytes: float
    head_bytes: float
    cache_bytes: float

    @property
    def parts(self) -> tuple[float, float, float]:
        """The three parts, in the order of `COLOURS`."""
        return self.linear_bytes, self.head_bytes, self.cache_bytes

    @property
    def total_bytes(self) -> float:
        """All of it."""
        return sum(self.parts)


def count_traffic(model: Record, context: int) -> list[Traffic]:
    """Return the traffic of a token at `context` in every format, most bits first."""
    bits = {FORMATS[name].title: FORMATS[name].weight_bits for name in BASELINES}
    # Two names of one width are one bar: FP16 and BF16.
    joined: dict[float, str] = {}
    for title, width in bits.items():
        joined[width] = f"{joined[width]}, {title}" if width in joined else title
    joined |= {width: PACKINGS[width] for width in WEIGHT_BITS}
    positions = context * model["layers"] * model["kv_heads"] * model["head_dim"]
    return [
        Traffic(
            name=name,
            weight_bits=width,
            linear_bytes=model["ternary_weights"] * width / 8,
            head_bytes=model["vocab"] * model["hidden"] * FLOAT_BYTES,
            cache_bytes=2 * positions * FLOAT_BYTES,
        )
        for width, name in sorted(joined.items(), reverse=True)
    ]


def draw_packing(rows: Sequence[Traffic]) -> Figure:
    """Return one bar a format, stacked by what is read."""
    names = [plain(row.name) for row in rows]
    prefix, factor = choose_prefix(max(row.total_bytes for row in rows))
    traces = [
        go.Bar(
            orientation="h",
            y=names,
            x=[row.parts[index] / factor for row in rows],
            marker={"color": colour},
            customdata=[format_quantity(row.parts[index], "B") for row in rows],
            hovertemplate=f"%{{y}}<br>{part}: %{{customdata}}<extra></extra>",
        )
        for index, (part, colour) in enumerate(COLOURS.items())
    ]
    traces.append(
        go.Scatter(
            mode="text",
            y=names,
            x=[row.total_bytes / factor for row in rows],
            text=[f" {format_quantity(row.total_bytes, 'B')}" for row in rows],
            textposition="middle right",
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
    plot = lay_out_bars(
        traces,
        bars=int(1.7 * len(rows)),
        x_title=f"read for a decoded token ({prefix}B)",
        y_title="format of the weights",
    )
    plot.update_layout(barmode="stack")
    plot.update_xaxes(range=[0, TOTAL_ROOM * max(row.total_bytes for row in rows) / factor])
    return Figure(
        key="figure-packing",
        title="Memory traffic of a token by packing",
        caption=find_packing(rows),
        plot=plot,
        legend=tuple(LegendEntry(label=part, colour=colour) for part, colour in COLOURS.items()),
    )


def tabulate_packing(rows: Sequence[Traffic], bandwidth_gb_s: float) -> Table:
    """Return the figure's numbers, and what the memory's bandwidth allows."""
    return make_table(
        "table-packing",
        "Read from memory for a decoded token",
        (
            *("format", "bits a weight", *COLOURS, "sum", "than FP16"),
            f"tokens/s that {bandwidth_gb_s:g} GB/s allow, linear layers alone",
        ),
        [
            (
                show_text(row.name),
                Cell(text=f"{row.weight_bits:g}", sort=row.weight_bits),
                *(show_quantity(part, "B") for part in row.parts),
                show_quantity(row.total_bytes, "B"),
                show_number(rows[0].total_bytes / row.total_bytes, "× less"),
                show_number(bandwidth_gb_s * 1e9 / row.linear_bytes),
            )
            for row in rows
        ],
    )


def find_packing(rows: Sequence[Traffic]) -> str:
    """Return what packing saves, of the weights and of everything."""
    by_bits = {row.weight_bits: row for row in rows}
    widest, loose, tight = rows[0], by_bits[2.0], by_bits[1.6]
    weights = format_ratio(widest.linear_bytes / loose.linear_bytes)
    saved = format_percent(1 - tight.linear_bytes / loose.linear_bytes)
    ratios = [format_ratio(widest.total_bytes / row.total_bytes) for row in (loose, tight)]
    rest = format_percent(1 - tight.linear_bytes / tight.total_bytes)
    return (
        f"Weights in 2 bits are {weights} less to read than in {widest.name.partition(',')[0]}; "
        f"five trits in a byte (1.6 bits) save another {saved}. With the LM head and the cache, "
        f"which stay FP16, a token reads {ratios[0]} and {ratios[1]} less: {rest} of what is left "
        "is not ternary."
    )
