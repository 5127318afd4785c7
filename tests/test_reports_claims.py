"""The figure of the claims: every deviation is drawn, apart by verdict, none outside the axis."""

import pytest
from sample_run import make_run

from reports.claims_figure import VERDICTS, draw_claims, group_claims
from reports.notation import format_deviation


@pytest.fixture(scope="module")
def claims():
    return make_run("700M")["claims"]


def test_every_modelled_number_is_a_mark_on_the_axis(claims) -> None:
    *marks, values = draw_claims(claims).plot.data
    drawn = [x for trace in marks for x in trace.x]
    modelled = [100 * c["deviation"] for c in claims if c["deviation"] is not None]
    assert sorted(drawn) == sorted(modelled)
    assert len({trace.marker.symbol for trace in marks}) == len(marks) == len(VERDICTS)
    low, high = draw_claims(claims).plot.layout.xaxis.range
    assert low < min(drawn) and max(drawn) < high
    assert len(values.text) == len(group_claims(claims))


def test_rows_name_their_place_and_their_largest_deviation(claims) -> None:
    groups = group_claims(claims)
    assert sum(map(len, groups.values())) == sum(c["deviation"] is not None for c in claims)
    (row,) = [name for name in groups if name.startswith("BitNet, Table 1 (")]
    assert row == f"BitNet, Table 1 ({len(groups[row])})"
    worst = max((c["deviation"] for c in groups[row]), key=abs)
    texts = draw_claims(claims).plot.data[-1].text
    assert texts[list(groups).index(row)].strip() == format_deviation(worst)


def test_the_caption_says_how_the_farthest_number_is_printed(claims) -> None:
    farthest = max(claims, key=lambda claim: abs(claim["deviation"] or 0))
    caption = draw_claims(claims).caption
    assert caption.endswith(f"{farthest['label']}, printed as 0.02 J.")
    exact = [claim | {"deviation": 0.0} for claim in claims[:1]]
    assert "largest" not in draw_claims(exact).caption
