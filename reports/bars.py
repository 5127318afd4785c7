"""What figures of horizontal bars share: their fill, the texts in and behind them, the layout."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from reports.figures import BLUE, lay_out

# Patterns that colour-blind readers and grey paper keep apart, with the mark of their legend entry.
PATTERNS = {"": "square", "/": "hatched", "\\": "hatched-back", ".": "dotted", "x": "crossed"}
# On which white is legible and black is not.
DARK = (BLUE,)
BAR_HEIGHT = 17
# Text in a bar is this large or left out.
TEXT_LEAST = 10
BAR_GAP = 0.3
FRAME_HEIGHT = 60
# Beside bars, for their values.
VALUES_PX = 58


def fill_bars(colour: str, pattern: str | Sequence[str] = "") -> dict[str, Any]:
    """Return the marker of bars in `colour`, under a pattern of `PATTERNS`, or one a bar."""
    lines = {"fillmode": "overlay", "fgcolor": "#ffffff", "size": 6, "solidity": 0.14}
    return {"color": colour, "pattern": {"shape": pattern, **lines}}


def label_bars(texts: Sequence[str], colour: str) -> dict[str, Any]:
    """Return what writes a text into each bar of `colour` that has room for it."""
    ink = "#ffffff" if colour in DARK else "#111111"
    return {
        "text": list(texts),
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "insidetextfont": {"color": ink},
    }


def write_values(names: Sequence[str], ends: Sequence[float], texts: Sequence[str]) -> Any:
    """Return the texts behind the bars that end at `ends`; the margin has `VALUES_PX` for them."""
    return go.Scatter(
        mode="text",
        y=list(names),
        x=list(ends),
        text=[f" {text}" for text in texts],
        textposition="middle right",
        cliponaxis=False,
        hoverinfo="skip",
    )


def lay_out_bars(traces: Sequence[Any], *, bars: int, x_title: str, y_title: str) -> Any:
    """Return a plot of horizontal bars, the first one on top.

    Parameters
    ----------
    bars : bars from top to bottom, gaps between groups included; sets the height.
    x_title, y_title : axis titles with their units.
    """
    plot = lay_out(traces, x_title, y_title, FRAME_HEIGHT + BAR_HEIGHT * bars)
    plot.update_layout(
        barmode="group", bargap=BAR_GAP, uniformtext={"mode": "hide", "minsize": TEXT_LEAST}
    )
    plot.update_yaxes(autorange="reversed", showgrid=False, ticklabelstandoff=4)
    return plot
