"""The figure of the claims: how far our value lies from each published number."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from reports.bars import VALUES_PX, lay_out_bars, write_values
from reports.figures import BLUE, ORANGE, VERMILLION, Figure, LegendEntry, plain
from reports.findings import find_claims
from reports.notation import format_deviation
from reports.records import Record

ROW = 1.9
# Beyond the outermost mark, as a share of the largest deviation.
MARGIN = 0.08
# Verdict -> colour and mark; what needs a stated assumption for it is reproduced too.
REPRODUCED = "reproduced"
VERDICTS = {
    REPRODUCED: (BLUE, "circle"),
    "approximated": (ORANGE, "diamond"),
    "slip of the paper": (VERMILLION, "square"),
}


def draw_claims(claims: Sequence[Record]) -> Figure:
    """Return the deviation of every number modelled, a row a figure or table of a paper."""
    places = group_claims(claims)
    by_verdict: dict[str, list[tuple[str, Record]]] = {name: [] for name in VERDICTS}
    for place, group in places.items():
        for claim in group:
            verdict = claim["verdict"] if claim["verdict"] in VERDICTS else REPRODUCED
            by_verdict[verdict].append((place, claim))
    traces: list[Any] = []
    for verdict, (colour, mark) in VERDICTS.items():
        if rows := by_verdict[verdict]:
            traces.append(
                go.Scatter(
                    mode="markers",
                    y=[plain(place) for place, _ in rows],
                    x=[100 * claim["deviation"] for _, claim in rows],
                    marker={"symbol": f"{mark}-open", "size": 11, "color": colour},
                    customdata=[
                        f"{plain(claim['label'])}: {format_deviation(claim['deviation'])}, "
                        f"{plain(claim['verdict'])}"
                        for _, claim in rows
                    ],
                    hovertemplate="%{y}<br>%{customdata}<extra></extra>",
                )
            )
    worst = [max((c["deviation"] for c in group), key=abs) for group in places.values()]
    deviations = [0.0, *(c["deviation"] for group in places.values() for c in group)]
    low, high = 100 * min(deviations), 100 * max(deviations)
    room = MARGIN * max(high - low, 1)
    values = [format_deviation(deviation) for deviation in worst]
    traces.append(write_values([*map(plain, places)], [high + room] * len(values), values))
    plot = lay_out_bars(
        traces,
        bars=int(ROW * len(places)),
        x_title="ours / published - 1 (%)",
        y_title="where (numbers)",
    )
    plot.update_xaxes(range=[low - room, high + room])
    plot.update_yaxes(
        showgrid=True, categoryorder="array", categoryarray=[plain(place) for place in places]
    )
    plot.update_layout(margin={"r": VALUES_PX})
    return Figure(
        key="figure-claims",
        title="Deviation from every published number; at the right each row's largest",
        caption=find_claims(claims),
        plot=plot,
        legend=tuple(
            LegendEntry(label=verdict, colour=colour, mark=f"{mark} open")
            for verdict, (colour, mark) in VERDICTS.items()
            if by_verdict[verdict]
        ),
    )


def group_claims(claims: Sequence[Record]) -> dict[str, list[Record]]:
    """Return the claims that are modelled by where they stand, each name with their number."""
    groups: dict[str, list[Record]] = {}
    for claim in claims:
        if claim["deviation"] is not None:
            place = f"{claim['source'].partition(',')[0]}, {claim['place']}"
            groups.setdefault(place, []).append(claim)
    return {f"{place} ({len(group)})": group for place, group in groups.items()}
