"""What all figures share: the type, the layout, the palette. Plotly draws them in the browser.

Text and lines take their colour from the page's style sheet, so figures follow light, dark and
print without being drawn again; only data have colours of their own (Okabe and Ito's).
"""

import html
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from reports.notation import choose_prefix

BLUE, GREEN, ORANGE, VERMILLION = "#0072B2", "#009E73", "#E69F00", "#D55E00"
SKY, PINK = "#56B4E9", "#CC79A7"
GREY, INK = "#999999", "#222222"
PHASE_COLOURS = {"prefill": ORANGE, "decode": BLUE}

PLANE_HEIGHT = 400
# Ratio of an axis' ends beyond which ticks at 2 and 5 would crowd it on a phone.
CROWDED = 300.0


@dataclass(frozen=True, kw_only=True)
class LegendEntry:
    """One entry of a legend: a square in `colour`, or another `mark` of the style sheet."""

    label: str
    colour: str = "var(--ink)"
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


def lay_out_plane(traces: Sequence[Any], *, x_title: str, y_title: str) -> Any:
    """Return a plot of points in a plane."""
    return lay_out(traces, x_title, y_title, PLANE_HEIGHT)


def scale_log(low: float, high: float, unit: str = "") -> dict[str, Any]:
    """Return a logarithmic axis from `low` to `high`, ticks at 1, 2 and 5 if they have room."""
    steps = (1, 2, 5) if high / low < CROWDED else (1,)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = [step * 10.0**decade for decade in decades for step in steps]
    shown = [tick for tick in ticks if 0.999 * low <= tick <= 1.001 * high]
    prefixed = [choose_prefix(tick) for tick in shown]
    return {
        "type": "log",
        "range": [math.log10(low), math.log10(high)],
        "tickvals": shown,
        "tickangle": 0,
        "ticktext": [
            f"{tick / factor:g} {prefix}{unit}" if unit else _write_tick(tick)
            for tick, (prefix, factor) in zip(shown, prefixed, strict=True)
        ],
    }


def _write_tick(tick: float) -> str:
    """Return a tick in plain notation, never as 1e-05."""
    return f"{tick:,.0f}" if tick >= 1 else f"{tick:.{-math.floor(math.log10(tick))}f}"


def lay_out(traces: Sequence[Any], x_title: str, y_title: str, height: int) -> Any:
    """Return a plot with the axes and the margins of all figures, `height` CSS pixels high."""
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
    axis |= {"gridcolor": "#dddddd", "exponentformat": "SI", "separatethousands": True}
    plot.update_xaxes(title={"text": x_title, "standoff": 8}, **axis)
    plot.update_yaxes(title={"text": y_title, "standoff": 8}, **axis)
    return plot
