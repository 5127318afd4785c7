"""Sentences state what the data show, whatever they show."""

import hashlib
from pathlib import Path

import pytest
from sample_run import certify_model_cycles, make_run

from hwsim.configuration import configure_array
from hwsim.simulation import simulate
from hwsim.summary import describe_ratios
from reports.answer import (
    describe_bound,
    describe_certificate,
    list_numbers,
    name_run,
    state_answer,
)
from reports.findings import (
    find_claims,
    find_cycles,
    find_energy,
    find_intensity,
    find_paper,
    find_roofline,
    find_scopes,
    find_utilisation,
)
from reports.notation import format_ratio
from reports.records import Ledger, find_phase


def test_the_answer_has_the_three_numbers_of_the_record() -> None:
    run = make_run()
    numbers = list_numbers(run)
    fields = ("operation_ratio", "arithmetic_ratio", "decode_ratio")
    assert [number["value"] for number in numbers] == [run["headline"][field] for field in fields]
    answer = state_answer(run)
    assert answer.startswith("One operation does, a model does not: at 7 nm")
    for number in numbers:
        assert format_ratio(number["value"]) in answer
    assert numbers[0]["scope"].endswith("the paper's number, reproduced")


@pytest.mark.parametrize(
    ("headline", "start", "phrase"),
    [
        ({"decode_ratio": 71.0}, "Yes: at 7 nm", "takes 71.0× less."),
        ({"operation_ratio": 50.0, "node_nm": 45}, "No: at 45 nm", "takes 50.0× less energy"),
        ({"decode_ratio": 0.5}, "One operation does", "takes 2.00× more."),
    ],
)
def test_another_result_gives_another_answer(headline: dict, start: str, phrase: str) -> None:
    run = make_run()
    run["headline"] |= headline
    answer = state_answer(run)
    assert answer.startswith(start)
    assert phrase in answer


def test_own_prices_are_not_called_the_papers(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(
        "operation,format,node_nm,energy_pj,source,kind\nadd,int8,7,0.0035,ours,measured\n"
    )
    run = make_run(tables=[path], nodes_nm=(7,))
    assert "at 7 nm with prices of mine.csv an INT8 add takes 143× less" in state_answer(run)
    assert list_numbers(run)[0]["scope"] == (
        "FP16 multiply-add / INT8 add at 7 nm with prices of mine.csv: "
        "the paper's own number is 71.4× at 7 nm"
    )
    assert "Fig. 3) with prices of mine.csv at 7 nm gives 25.4×" in find_paper(run)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert name_run(run).endswith(f"256 GB/s, prices of mine.csv ({digest[:8]})")
    summary = describe_ratios(simulate("3B", tables=[path], nodes_nm=(7,), verify=False))
    assert summary.startswith(
        "Paper's accounting with prices of mine.csv at 7 nm (arXiv 2402.17764, Fig. 3, "
        "whose own number is 71.4x at 7 nm): 143x for one operation, 25.4x for its 3B"
    )


def test_at_45_nm_the_claim_is_not_called_reproduced() -> None:
    first, *_ = list_numbers(make_run(nodes_nm=(45,)))
    assert first["scope"] == "FP16 multiply-add / INT8 add at 45 nm: the paper's 71.4× is at 7 nm"


def test_the_run_and_its_bounds_are_described() -> None:
    run = make_run()
    assert name_run(run) == "3B on the tree array, 64 lanes × 64 columns, 1000 MHz, 256 GB/s"
    bounds = [describe_bound(phase).replace("\u00a0", " ") for phase in run["phases"]]
    assert bounds == [
        "ternary matmuls alone, compute-bound: > 99.9 % of the lanes' cycles are used",
        "ternary matmuls alone, memory-bound: waits for weights in 75.0 % of the cycles",
    ]


@pytest.mark.parametrize(
    ("style", "arithmetic", "bound"),
    [
        ("table", "adders of exact width, table look-ups", "bound by writing tables: 61.8 % of"),
        ("systolic", "adders of exact width, selectors", "bound by the grid's weight swap: "),
    ],
)
def test_the_first_screen_speaks_of_its_style(style: str, arithmetic: str, bound: str) -> None:
    run = make_run("tiny", config=configure_array(768, style=style))
    assert list_numbers(run)[1]["scope"].startswith(f"{arithmetic}, FP16 scales and attention;")
    phase = find_phase(run, "prefill" if style == "table" else "decode")
    assert bound in describe_bound(phase).replace("\u00a0", " ")


def test_certificates_pass_fail_or_are_missing() -> None:
    simulation = simulate("700M", verify=False)
    good = certify_model_cycles(simulation)
    badge, sentence = describe_certificate(good)
    assert badge == "passed"
    cycles = f"{good['predicted_cycles']:,}"
    assert f"0 mismatches; predicted cycles {cycles} = simulated cycles {cycles}." in sentence
    badge, sentence = describe_certificate(certify_model_cycles(simulation, mismatched_outputs=2))
    assert badge == "failed"
    assert "2 mismatches" in sentence
    badge, sentence = describe_certificate(good | {"simulated_cycles": 1, "passed": False})
    assert badge == "failed"
    assert "≠ simulated cycles 1." in sentence
    _, sentence = describe_certificate(good | {"mismatched_cycles": 2, "passed": False})
    assert sentence.endswith(f"simulated cycles {cycles}, 2 matmuls off.")
    assert describe_certificate(None)[0] == "not run"


def test_findings_quote_the_record() -> None:
    run = make_run()
    ledger, phases = Ledger(run["energy"]), run["phases"]
    prefill, decode = phases
    scopes = find_scopes(ledger, 7)
    for phase in ("prefill", "decode"):
        assert f"to {format_ratio(run['headline'][f'{phase}_ratio'])} (+ LM head)" in scopes
    assert format_ratio(run["headline"]["decode_ratio"]) in find_energy(ledger, ledger.phases[1], 1)
    assert "a token against" in find_energy(ledger, ledger.phases[0], 512)
    assert f"{decode['cycles']:,} cycles" in find_cycles(decode)
    assert "Prefill: all >\u00a099.9\u00a0%." in find_utilisation(phases)
    assert format_ratio(run["headline"]["paper_ratio"]) in find_paper(run)
    assert find_intensity(decode) == 4.0
    assert "Decode: 4.00 select-and-adds for every weight byte, below the 16.0" in find_roofline(
        phases, run["array"]
    )
    assert find_phase(run, "prefill") == prefill


def test_the_roofline_tells_who_stays_below_the_roof() -> None:
    run = make_run("700M", config=configure_array(4096, style="systolic"))
    caption = find_roofline(run["phases"], run["array"]).replace("\u00a0", " ")
    decode = find_phase(run, "decode")
    # A grid that swaps for every token uses few of its cycles, whatever the memory delivers.
    assert decode["bound"] == "swap"
    roof = min(16.0, find_intensity(decode)) / 16.0
    assert f"it reaches {100 * decode['utilisation'] / roof:.1f} % of the roof" in caption
    assert "Prefill: 256 select-and-adds" in caption


def test_utilisation_of_unequal_matmuls_names_both_ends() -> None:
    phase = {
        "phase": "decode",
        "matmuls": [{"name": "a", "utilisation": 0.2}, {"name": "b", "utilisation": 0.4}],
    }
    assert find_utilisation([phase]) == "Decode: from 20.0\u00a0% (a) to 40.0\u00a0% (b)."


def test_claims_are_counted_by_verdict() -> None:
    claims = make_run()["claims"]
    finding = find_claims(claims)
    assert finding.startswith(f"Of {len(claims)} numbers, ")
    assert "; every value is within its tolerance. The largest deviation is +18.88" in finding
    assert find_claims([claims[0] | {"drifted": True}]) == (
        "Of 1 numbers, 1 reproduced; 1 out of tolerance. The largest deviation is +0.04\u00a0%: "
        "one operation at 7 nm, printed as 71.4 x."
    )
