"""The heat map of utilisation: every layer against every matmul, in every phase."""

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from reports.bars import lay_out_bars
from reports.figures import Figure, LegendEntry, plain
from reports.findings import find_utilisation
from reports.notation import format_percent
from reports.records import Record
from reports.timeline import count_layers

# Cividis (Nunez, Anderton, Renslow, PLOS ONE 13(7), 2018) reads the same to colour-blind readers
# and on grey paper; at 0, 25, 50, 75 and 100 %.
COLOURS = ("#00224E", "#434E6C", "#7D7C78", "#BCAF6F", "#FEE838")
ROW = 1.25
# Between ticks, in layers, for every so many layers; beside the rows, for their values.
STEP, MOST = 5, 30
VALUES_PX = 58


def draw_utilisation(phases: Sequence[Record]) -> Figure:
    """Return the utilisation of every matmul in every layer and phase."""
    layers = max(count_layers(phase) for phase in phases)
    names, rows, labels = [], [], []
    for phase in phases:
        for matmul in phase["matmuls"]:
            name = f"{plain(phase['phase'])} {plain(matmul['name'])}"
            share = matmul["utilisation"]
            names.append(name)
            rows.append([100 * share] * layers)
            labels.append(format_percent(share))
    grid = go.Heatmap(
        z=rows,
        x=list(range(1, layers + 1)),
        y=names,
        zmin=0,
        zmax=100,
        colorscale=[[index / 4, colour] for index, colour in enumerate(COLOURS)],
        showscale=False,
        ygap=2,
        xgap=1,
        customdata=[[label] * layers for label in labels],
        hovertemplate="layer %{x}, %{y}: %{customdata}<extra></extra>",
    )
    values = go.Scatter(
        mode="text",
        x=[layers + 0.6] * len(names),
        y=names,
        text=labels,
        textposition="middle right",
        cliponaxis=False,
        hoverinfo="skip",
    )
    plot = lay_out_bars(
        [grid, values], bars=int(ROW * len(names)), x_title="layer", y_title="phase, matmul"
    )
    step = STEP * math.ceil(layers / MOST)
    plot.update_xaxes(
        range=[0.5, layers + 0.6],
        showgrid=False,
        tickvals=[1, *range(step, layers + 1, step)],
    )
    plot.update_layout(margin={"r": VALUES_PX})
    return Figure(
        key="figure-utilisation",
        title="Utilisation by layer and matmul: lane-cycles used",
        caption=f"{find_utilisation(phases)} {layers} layers of the same shapes are alike.",
        plot=plot,
        legend=tuple(
            LegendEntry(label=f"{25 * index}\u00a0%", colour=colour)
            for index, colour in enumerate(COLOURS)
        ),
    )
