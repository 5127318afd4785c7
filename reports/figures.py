"""What all figures share: the type, the layout, the palette. Plotly draws them in the browser.

Text and lines take their colour from the page's style sheet, so figures follow light, dark and
print without being drawn again; only data have colours of their own (Okabe and Ito's).
"""

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

BLUE, GREEN, ORANGE, VERMILLION = "#0072B2", "#009E73", "#E69F00", "#D55E00"
GREY, INK = "#999999", "#222222"
PHASE_COLOURS = {"prefill": ORANGE, "decode": BLUE}

BAR_HEIGHT = 17
FRAME_HEIGHT = 60
PLANE_HEIGHT = 400


@dataclass(frozen=True, kw_only=True)
class LegendEntry:
    """One entry of a figure's legend: a square in `colour`, or another `mark` of the style sheet."""

    label: str
    colour: str = INK
    mark: str = "square"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure of the report.

    Attributes
    ----------
    key : id of the figure in the page.
    title, caption : plain text; the caption states what the data show.
    plot : a `plotly.graph_objects.Figure`.
    legend : what its colours and marks mean.
    """

    key: str
    title: str
    caption: str
    plot: Any
    legend: tuple[LegendEntry, ...] = ()

    @property
    def height(self) -> int:
        """Height in CSS pixels."""
        return int(self.plot.layout.height)

    def to_json(self) -> str:
        """Return the plot as JSON that may stand inside a script element."""
        text = json.dumps(self.plot.to_plotly_json(), allow_nan=False)
        return text.replace("&", r"\u0026").replace("<", r"\u003c").replace(">", r"\u003e")


def plain(text: object) -> str:
    """Return `text` as a plot shows it literally: Plotly reads a little HTML in its texts."""
    return html.escape(str(text), quote=False)


def find_colour(phase: str) -> str:
    """Return the colour of a phase, whose name may go on, as in ``decode at context 512``."""
    return PHASE_COLOURS.get(phase.split()[0], GREEN)


def lay_out_bars(traces: Sequence[Any], *, bars: int, x_title: str, y_title: str) -> Any:
    """Return a plot of horizontal bars, the first one on top.

    Parameters
    ----------
    bars : bars from top to bottom, gaps between groups included; sets the height.
    x_title, y_title : axis titles with their units.
    """
    plot = _lay_out(traces, x_title, y_title, FRAME_HEIGHT + BAR_HEIGHT * bars)
    plot.update_layout(barmode="group", bargap=0.3)
    plot.update_yaxes(autorange="reversed", showgrid=False, ticklabelstandoff=4)
    return plot


def lay_out_plane(traces: Sequence[Any], *, x_title: str, y_title: str) -> Any:
    """Return a plot of points over two logarithmic axes."""
    plot = _lay_out(traces, x_title, y_title, PLANE_HEIGHT)
    plot.update_xaxes(type="log", dtick=1)
    plot.update_yaxes(type="log", dtick=1)
    return plot


def _lay_out(traces: Sequence[Any], x_title: str, y_title: str, height: int) -> Any:
    plot = go.Figure(data=list(traces))
    plot.update_layout(
        template="none",
        height=height,
        showlegend=False,
        dragmode=False,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        margin={"l": 8, "r": 12, "t": 8, "b": 8},
        font={"family": "inherit", "size": 12, "color": INK},
        hoverlabel={"align": "left"},
    )
    axis = {"automargin": True, "zeroline": False, "ticks": "", "fixedrange": True}
    for update, text in ((plot.update_xaxes, x_title), (plot.update_yaxes, y_title)):
        update(title={"text": text, "standoff": 8}, gridcolor="#dddddd", exponentformat="SI", **axis)
    return plot
