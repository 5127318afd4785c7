"""The figure and the table of what a decoded token reads, by format and packing of the weights."""

from collections.abc import Sequence

import plotly.graph_objects as go

from reports.bars import PATTERNS, VALUES_PX, fill_bars, label_bars, lay_out_bars, write_values
from reports.figures import BLUE, GREY, PINK, Figure, LegendEntry, plain
from reports.notation import (
    choose_prefix,
    format_percent,
    format_quantity,
    format_ratio,
    format_significant,
)
from reports.tables import (
    Cell,
    Table,
    make_table,
    show_number,
    show_quantity,
    show_ratio,
    show_text,
)
from reports.traffic import Traffic

# What is read -> colour and pattern, as in `reports.energy_groups`.
PARTS = {
    "linear layers' weights": (BLUE, ""),
    "LM head (FP16)": (GREY, "x"),
    "keys and values (FP16)": (PINK, "."),
}


def draw_packing(rows: Sequence[Traffic], own: Traffic) -> Figure:
    """Return one bar a format, then the run's own, stacked by what is read."""
    caption, rows = find_packing(rows, own), [*rows, own]
    names = [plain(row.name) for row in rows]
    prefix, factor = choose_prefix(max(row.total_bytes for row in rows))
    shares = [[format_percent(row.parts[i] / row.total_bytes) for row in rows] for i in range(3)]
    traces = [
        go.Bar(
            orientation="h",
            y=names,
            x=[row.parts[index] / factor for row in rows],
            marker=fill_bars(colour, pattern),
            customdata=[format_quantity(row.parts[index], "B") for row in rows],
            hovertemplate=f"%{{y}}<br>{part}: %{{customdata}}<extra></extra>",
            **label_bars(shares[index], colour),
        )
        for index, (part, (colour, pattern)) in enumerate(PARTS.items())
    ]
    totals = [row.total_bytes for row in rows]
    values = [format_quantity(total, "B") for total in totals]
    traces.append(write_values(names, [total / factor for total in totals], values))
    plot = lay_out_bars(
        traces,
        bars=int(1.7 * len(rows)),
        x_title=f"read for a decoded token ({prefix}B)",
        y_title="format of the weights",
    )
    plot.update_layout(barmode="stack", margin={"r": VALUES_PX})
    plot.update_xaxes(range=[0, max(totals) / factor])
    return Figure(
        key="figure-packing",
        title="Memory traffic of a token by packing",
        caption=caption,
        plot=plot,
        legend=tuple(
            LegendEntry(label=part, colour=colour, mark=PATTERNS[pattern])
            for part, (colour, pattern) in PARTS.items()
        ),
    )


def tabulate_packing(rows: Sequence[Traffic], bandwidth_gb_s: float) -> Table:
    """Return the figure's numbers, and what the memory's bandwidth allows."""
    return make_table(
        "table-packing",
        "Read from memory for a decoded token",
        (
            *("format", "bits a weight", *PARTS, "sum", "less than FP16"),
            f"tokens/s that {bandwidth_gb_s:g} GB/s allow, linear layers alone",
        ),
        [
            (
                show_text(row.name),
                Cell(text=f"{row.weight_bits:.4g}", sort=row.weight_bits),
                *(show_quantity(part, "B") for part in row.parts),
                show_quantity(row.total_bytes, "B"),
                show_ratio(rows[0].total_bytes / row.total_bytes),
                show_number(bandwidth_gb_s * 1e9 / row.linear_bytes),
            )
            for row in rows
        ],
    )


def find_packing(rows: Sequence[Traffic], own: Traffic) -> str:
    """Return what packing saves, of the weights and of everything, and what the run makes of it."""
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
        "is not ternary. This run streams "
        f"{format_significant(own.weight_bits)} bits a weight, with what fills up tiles and beats."
    )
