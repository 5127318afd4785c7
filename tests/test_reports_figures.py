"""Every figure has data, axis titles with units, and shows the record's numbers."""

import json
import math
import re
from itertools import pairwise

import pytest
from sample_run import make_run

from hwsim.configuration import configure_array
from reports.accelerators import draw_accelerators
from reports.claims_figure import draw_claims
from reports.cycle_figures import draw_cycles
from reports.energy_figures import draw_energy
from reports.energy_groups import COLOURS, mark_group
from reports.figures import Figure, plain, scale_log
from reports.fold_figure import draw_folds
from reports.heat_map import draw_utilisation
from reports.operation_figure import draw_operations
from reports.packing import draw_packing
from reports.records import Ledger
from reports.roofline import draw_roofline, label_points
from reports.scaling import QUANTITIES, draw_scaling
from reports.scope_steps import label_step, list_ratios
from reports.scopes_figure import draw_scopes
from reports.timeline import draw_timeline
from reports.traffic import count_run, count_traffic

UNITS = re.compile(
    r"\((×|%|[fpnµmkMGT]?J|[kMGT]?B|op/B|op/s|[kMG]?cycles|GiB|ms)\)|cycles per pass$|^layer$"
)


def draw_all(run: dict) -> list[Figure]:
    ledger = Ledger(run["energy"])
    return [
        draw_scopes(ledger),
        *(draw_energy(ledger, phase, 1) for phase in ledger.phases),
        *(draw_cycles(phase) for phase in run["phases"]),
        *(
            draw_operations(
                [row for row in run["operations"] if row["phase"] == phase["phase"]], phase
            )
            for phase in run["phases"]
        ),
        *(draw_timeline(phase) for phase in run["phases"]),
        *(
            draw_folds([fold for fold in run["folds"] if fold["phase"] == phase["phase"]], phase)
            for phase in run["phases"]
        ),
        draw_utilisation(run["phases"]),
        draw_packing(count_traffic(run["model"], 512), count_run(run)),
        draw_roofline(run["phases"], run["array"]),
        draw_accelerators(run["accelerators"]),
        draw_claims(run["claims"]),
        *(draw_scaling(run["scaling"], quantity) for quantity in QUANTITIES),
    ]


@pytest.mark.parametrize("options", [{}, {"tokens": 1}, {"nodes_nm": (45,)}])
def test_every_figure_has_data_and_axis_titles(options: dict) -> None:
    figures = draw_all(make_run(**options))
    assert len({figure.key for figure in figures}) == len(figures)
    for figure in figures:
        assert figure.caption and figure.title and figure.legend
        titles = figure.plot.layout.xaxis.title.text, figure.plot.layout.yaxis.title.text
        assert all(titles)
        assert any(UNITS.search(title) for title in titles), figure.key
        assert figure.height == figure.plot.layout.height > 100
        for trace in figure.plot.data:
            if trace.type == "heatmap":
                assert len(trace.z) == len(trace.y) and len(trace.z[0]) == len(trace.x)
                continue
            assert len(trace.x) == len(trace.y) > 0
            # What a reader sees on a mark is written by `reports.notation`, not by Plotly.
            assert ":." not in (trace.hovertemplate or "")
            assert any(value is not None for value in trace.x)


def test_scopes_show_the_ledgers_ratios() -> None:
    ledger = Ledger(make_run()["energy"])
    bars = [trace for trace in draw_scopes(ledger).plot.data if trace.type == "bar"]
    for phase, trace in zip(ledger.phases, bars, strict=True):
        ratios = [ledger.find_total(phase, 7, scope)["ratio"] for scope in ledger.scopes]
        ends = [base + length for base, length in zip(trace.base, trace.x, strict=True)]
        assert ends == pytest.approx([*ratios, ratios[-1]])
        # Each step begins where the one before it ended; the first bar and the total begin at 1.
        assert list(trace.base) == [1.0, *ratios[:-1], 1.0]
        rises = [shape == "/" for shape in trace.marker.pattern.shape]
        steps = zip([*ratios, ratios[-1]], [math.inf, *ratios[:-1], math.inf], strict=True)
        assert rises == [after > before for after, before in steps]


def test_energy_bars_are_as_long_as_the_tokens_energy() -> None:
    run = make_run()
    ledger = Ledger(run["energy"])
    plot = draw_energy(ledger, ledger.phases[0], 512).plot
    bars = [trace for trace in plot.data if trace.type == "bar"]
    assert plot.layout.xaxis.title.text == "energy per token (mJ)"
    total = ledger.find_total(ledger.phases[0], 7, ledger.scopes[-1])
    assert total is not None
    lengths = [sum(trace.x[bar] for trace in bars) for bar in (0, 1)]
    assert lengths[0] == pytest.approx(total["fp16_pj"] * 1e-9 / 512)
    assert lengths[1] == pytest.approx(total["ternary_pj"] * 1e-9 / 512)


def test_cycle_bars_are_as_long_as_the_phases_cycles() -> None:
    for phase in make_run()["phases"]:
        plot = draw_cycles(phase).plot
        prefix = plot.layout.xaxis.title.text.removesuffix("cycles per pass")
        bars = [trace for trace in plot.data if trace.type == "bar"]
        shown = sum(sum(trace.x) for trace in bars) * {"k": 1e3, "M": 1e6}[prefix]
        assert shown == pytest.approx(phase["cycles"])


def test_no_matmul_lies_above_the_roof() -> None:
    run = make_run(nodes_nm=(7,))
    roof, _, *points = draw_roofline(run["phases"], run["array"]).plot.data
    _, ridge, _ = roof.x
    _, peak, _ = roof.y
    for trace in points:
        assert len(trace.x) == 7
        for x, y in zip(trace.x, trace.y, strict=True):
            assert y <= min(peak, peak / ridge * x)


def test_no_label_lies_on_the_roof() -> None:
    run = make_run("tiny", config=configure_array(768, style="table"), nodes_nm=(7,))
    roof, _, prefill, _ = draw_roofline(run["phases"], run["array"]).plot.data
    names = [matmul["name"] for matmul in run["phases"][0]["matmuls"]]
    wide, narrow = names.index("gate_proj"), names.index("k_proj")
    assert 0.8 < prefill.y[wide] / roof.y[1] < 0.9
    assert prefill.textposition[wide] == "bottom left"
    assert prefill.textposition[narrow] == "top left"


def test_ratios_below_one_stay_on_the_axis() -> None:
    axis = scale_log(0.2, 30.0)
    assert axis["tickvals"] == [0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0]
    assert axis["ticktext"] == ["0.2", "0.5", "1", "2", "5", "10", "20"]
    assert scale_log(1, 1e4, "op/s")["ticktext"] == [
        "1 op/s",
        "10 op/s",
        "100 op/s",
        "1 kop/s",
        "10 kop/s",
    ]


def test_ticks_are_never_in_powers() -> None:
    assert scale_log(2e-6, 3e-5)["ticktext"] == ["0.000002", "0.000005", "0.00001", "0.00002"]
    assert scale_log(1, 1e7)["ticktext"][-1] == "10,000,000"


def test_a_step_says_what_it_divides_by() -> None:
    ratios = list_ratios(Ledger(make_run()["energy"]), "decode at context 512", 7)
    labels = [label_step(*pair) for pair in zip(ratios, [None, *ratios], strict=False)]
    assert labels[0] == "71.4×"
    assert labels[1] == f"25.1×  ÷{ratios[0] / ratios[1]:.2f}"
    assert labels[4].startswith("21.1×  ×1.")
    assert labels[-1] == "5.80×"


def test_matmuls_near_each_other_share_a_label() -> None:
    phase = {"phase": "decode", "matmuls": [{"name": name} for name in ("a", "b", "<c>")]}
    assert label_points(phase, [(4.0, 1e12)] * 3) == ["all 3", "", ""]
    apart = [(4.0, 1e12), (4.0, 2e12), (5.0, 1.1e12)]
    assert label_points(phase, apart) == ["2 of 3", "b", ""]
    assert label_points(phase, [(4.0, 1e12), (4.0, 2e12), (4.0, 4e12)])[2] == "&lt;c&gt;"


def test_bars_that_touch_differ_in_more_than_colour() -> None:
    marks = [mark_group(name).mark for name in COLOURS]
    assert len({*zip(COLOURS.values(), marks, strict=True)}) == len(COLOURS)
    # Lightness in grey (Rec. 709 luma) or the pattern keeps neighbours apart.
    for (one, two), (mark, other) in zip(pairwise(COLOURS.values()), pairwise(marks), strict=True):
        luma = [
            sum(w * int(c[i : i + 2], 16) for w, i in ((0.21, 1), (0.72, 3), (0.07, 5)))
            for c in (one, two)
        ]
        assert mark != other or abs(luma[0] - luma[1]) > 20


def test_input_is_escaped_twice_for_plotly_and_for_the_page() -> None:
    run = make_run()
    run["phases"][0]["matmuls"][0]["name"] = "</script><b>x</b>&"
    text = draw_cycles(run["phases"][0]).to_json()
    assert "<" not in text and "&" not in text
    names = json.loads(text)["data"][0]["y"]
    assert names[0] == f"{plain('</script><b>x</b>&')} ×26"
    assert names[0].startswith("&lt;/script&gt;&lt;b&gt;")
