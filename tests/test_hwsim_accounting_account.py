"""`account_energy`: models of every kind, default scopes, and rows that add up to their totals."""

import json
import shutil
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from energy.formats import BASELINES
from hwsim.accounting.account import DEFAULT_SCOPES, account_energy
from hwsim.accounting.settings import EnergySettings
from hwsim.accounting.subject import find_subject
from hwsim.accounting.tables import format_energy
from hwsim.configuration import configure_array
from hwsim.trace_activity import measure_activity
from rtl.config import ArrayConfig
from workloads.errors import InputError
from workloads.model import load_model
from workloads.shapes import find_preset
from workloads.trace import Trace, record_trace

TINY = Path(str(files("workloads").joinpath("tiny")))
UNKNOWN = {"real-shape+true-accumulator+zero-skip"}
TRACED = {"array+activity"}


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    folder = tmp_path_factory.mktemp("traces") / "king"
    return record_trace(load_model("tiny"), folder, "The king", 3)


def test_the_papers_example_to_the_digit() -> None:
    account = account_energy("paper-3B", scopes=["paper"])
    assert account.passes == ((512, 512),)
    joules = [account.total_pj("paper", name, 7) * 1e-12 for name in ("fp16", "ternary")]
    assert joules == pytest.approx([0.66558, 0.030663], rel=5e-5)


def test_rows_add_up_to_totals_and_name_their_sources() -> None:
    account = account_energy("3B", nodes_nm=(7, 45))
    assert set(account.scopes) == set(DEFAULT_SCOPES) - TRACED
    assert account.formats == ("ternary", *BASELINES)
    data = json.loads(json.dumps(account.to_dict(), allow_nan=False))
    for total in data["totals"]:
        key = [total[name] for name in ("scope", "format", "node_nm")]
        rows = [r for r in data["rows"] if [r["scope"], r["format"], r["node_nm"]] == key]
        assert sum(row["energy_pj"] for row in rows) == pytest.approx(total["energy_pj"])
    for row in data["rows"]:
        assert row["counted"]
        assert row["prices_pj"]
        assert "doi:" in row["source"] or "arXiv:" in row["source"]
    assert {total["node_nm"] for total in data["totals"]} == {7, 45}
    assert set(data["accounting"]) == {"ternary", *BASELINES}
    assert data["not_counted"]


def test_a_model_of_unknown_zeros_has_no_zero_skip_unless_told() -> None:
    account = account_energy("7B", baselines=["fp16"])
    assert set(account.scopes) == set(DEFAULT_SCOPES) - TRACED - UNKNOWN
    told = account_energy("7B", baselines=[], settings=EnergySettings(zero_fraction=0.5))
    assert set(told.scopes) >= UNKNOWN
    assert told.zero_source == "given"


def test_a_checkpoint_and_its_config_and_its_shape_cost_the_same(tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    for folder in (tmp_path, tmp_path / "bare"):
        shutil.copy(TINY / "config.json", folder / "config.json")
    for model in (
        "tiny",
        TINY,
        TINY / "config.json",
        tmp_path / "bare",
        find_subject("tiny").shape,
    ):
        account = account_energy(model, scopes=["real-shape", "array+dram"], tokens=3)
        assert account.total_pj("real-shape", "ternary", 7) == pytest.approx(
            account_energy("tiny", scopes=["real-shape"], tokens=3).total_pj(
                "real-shape", "ternary", 7
            )
        )


def test_zeros_are_counted_where_weights_are_known(trace: Trace) -> None:
    whole = load_model("tiny").checkpoint
    zeros = sum(linear.weight.zeros for linear in whole.linears)
    fraction = zeros / whole.shape.ternary_weights
    assert find_subject("tiny").shape.zero_fraction == pytest.approx(fraction, rel=1e-12)
    assert find_subject(str(trace.folder)).shape.zero_fraction == pytest.approx(fraction)
    assert find_subject(TINY / "config.json").shape.zero_fraction is None


def test_a_trace_has_the_passes_that_were_run(trace: Trace) -> None:
    account = account_energy(trace.folder, scopes=["real-shape+lm-head"])
    prompt = len(trace.manifest["run"]["prompt_tokens"])
    generated = len(trace.manifest["run"]["tokens"])
    assert account.passes[0] == (prompt, prompt)
    assert account.passes[1:] == tuple((1, prompt + i) for i in range(1, generated))
    singles = [
        account_energy("tiny", scopes=["real-shape+lm-head"], tokens=tokens, context=context)
        for tokens, context in account.passes
    ]
    for name in account.formats:
        one_by_one = sum(single.total_pj("real-shape+lm-head", name, 7) for single in singles)
        total = account.total_pj("real-shape+lm-head", name, 7)
        assert total == pytest.approx(one_by_one, rel=1e-12)
    assert account_energy(trace.folder, tokens=2, scopes=["paper"]).passes == ((2, 2),)


def test_measured_activity_scales_logic_and_labels_the_rest(trace: Trace) -> None:
    config = ArrayConfig(lanes=16, columns=8, token_depth=4, weight_bus_bits=64)
    settings = EnergySettings(config=config)
    scopes = ["array+registers", "array+activity+registers"]
    account = account_energy(trace.folder, scopes=scopes, settings=settings)
    activity = measure_activity(trace, config)
    assert account.activity == activity
    rows = {(r.scope, r.category): r for r in account.rows if r.format == "ternary"}
    for category in ("adders", "selectors"):
        plain, scaled = (rows[scope, category] for scope in scopes)
        assert scaled.energy_pj == pytest.approx(plain.energy_pj * activity.logic_scale)
        assert "operand toggles" in scaled.scaled
    unscaled = [r for r in account.rows if r.scope == scopes[1] and r.format != "ternary"]
    assert {row.scaled for row in unscaled} == {"unscaled"}


def test_activity_counts_zeros_and_toggles(trace: Trace) -> None:
    config = ArrayConfig(lanes=16, columns=8, token_depth=4, weight_bus_bits=64)
    activity = measure_activity(trace, config)
    zeros = sum(int((trace.read_input(m) == 0).sum()) for m in trace)
    assert activity.zero_activations == zeros / sum(m.m * m.k for m in trace)
    assert 0.2 < activity.zero_weights < 0.5
    # selecting 0 for a third of the weights quiets the operands
    assert 0 < activity.operand_toggle_rate < activity.input_toggle_rate < 0.6


@pytest.mark.parametrize("style", ["systolic", "table"])
def test_every_style_has_activity(trace: Trace, style: str) -> None:
    config = configure_array(1536, style=style, lanes=18, columns=8, token_depth=4)
    activity = measure_activity(trace, config)
    tree = measure_activity(trace, configure_array(1536, lanes=18, columns=8, token_depth=4))
    assert 0.05 < activity.operand_toggle_rate < 0.5
    if style == "systolic":
        assert replace(activity, source=tree.source) == tree
    scopes = ["array", "array+activity"]
    account = account_energy(
        trace.folder, scopes=scopes, settings=EnergySettings(config=config), baselines=["fp16"]
    )
    rows = {(r.scope, r.category): r for r in account.rows if r.format == "ternary"}
    plain, scaled = (rows[scope, "adders"].energy_pj for scope in scopes)
    assert scaled == pytest.approx(plain * activity.logic_scale)


def test_a_trace_of_all_default_scopes(trace: Trace) -> None:
    assert set(account_energy(trace.folder).scopes) == set(DEFAULT_SCOPES)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"model": "4B"}, "model must be .* a preset .*, not '4B': there is no .*"),
        ({"tokens": -1}, "tokens must be a positive int, not -1"),
        ({"tokens": 0}, "tokens must be a positive int, not 0"),
        ({"tokens": 5, "context": 4}, "context must be an int of at least 5, not 4"),
        ({"nodes_nm": [5]}, "node_nm must be one of 7, 45, not 5"),
        ({"scopes": ["array+activity"]}, "activity must come from a trace, not from a model"),
        ({"baselines": ["int4"]}, "baselines must be one of .*, not 'int4'"),
    ],
)
def test_bad_arguments(arguments: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        account_energy(**({"model": "3B"} | arguments))


def test_a_context_alone_does_not_replace_a_traces_passes(trace: Trace) -> None:
    with pytest.raises(InputError, match="context must come with tokens"):
        account_energy(trace.folder, context=5)


def test_what_is_asked_for_twice_is_counted_once() -> None:
    once = account_energy("3B", nodes_nm=[7, 45], scopes=["paper"], baselines=["fp16"])
    twice = account_energy(
        "3B", nodes_nm=[7, 45, 7], scopes=["paper", "paper"], baselines=["fp16", "fp16"]
    )
    assert twice == once


def test_ternary_is_no_baseline() -> None:
    with pytest.raises(InputError, match=r"^baselines must be one of fp16, .*, not 'ternary'$"):
        account_energy("3B", baselines=["ternary"])


@pytest.mark.parametrize(
    ("energy_pj", "text"),
    [(0, "0 J"), (0.5, "500 fJ"), (999.6, "1.00 nJ"), (3.344e10, "33.4 mJ"), (1.5e15, "1.50 kJ")],
)
def test_energies_have_units(energy_pj: float, text: str) -> None:
    assert format_energy(energy_pj) == text


def test_the_preset_of_a_shape_is_that_shape() -> None:
    assert find_subject("3b").shape == find_preset("3B")
