"""The certificate: it passes on the true chain and fails when any link of it is bent."""

from dataclasses import replace

import numpy as np
import pytest

from hwsim import checker
from hwsim.certificate import Certificate, certify
from hwsim.checker import MatmulChecker
from hwsim.drawn_trace import GAUSSIAN_ZERO_FRACTION, draw_trace
from hwsim.journal import Journal
from hwsim.verification import describe_source, verify_shape, verify_trace
from rtl.config import ArrayConfig
from workloads.model import load_model
from workloads.shapes import ModelShape
from workloads.ternary import TernaryMatrix
from workloads.trace import record_trace

CONFIG = ArrayConfig(
    lanes=16, columns=8, token_depth=4, accumulator_width=18, weight_bus_bits=64, tree_registers=1
)
SHAPE = ModelShape(
    name="small",
    hidden=40,
    intermediate=72,
    layers=3,
    heads=5,
    kv_heads=1,
    head_dim=8,
    vocab=100,
)
CERTIFICATE = Certificate(
    scope="all",
    matmuls=2,
    outputs=10,
    mismatched_outputs=0,
    mismatched_cycles=0,
    predicted_cycles=100,
    simulated_cycles=100,
    lane_operations=1000,
    seconds=1.0,
    verilog_sha256="0" * 64,
)


def operands(seed: int = 0) -> tuple[np.ndarray, TernaryMatrix]:
    rng = np.random.default_rng(seed)
    x = rng.integers(-128, 128, (5, 33), dtype=np.int8)
    return x, TernaryMatrix.from_ternary(rng.integers(-1, 2, (13, 33), dtype=np.int8))


def test_certificate_says_what_ran() -> None:
    assert CERTIFICATE.passed
    assert CERTIFICATE.sentence() == (
        "2 matmuls, 10 outputs, 0 mismatches; predicted cycles 100 = simulated cycles 100"
    )
    assert CERTIFICATE.to_dict()["passed"] is True


@pytest.mark.parametrize(
    "change",
    [
        {"mismatched_outputs": 1},
        {"mismatched_cycles": 1},
        {"simulated_cycles": 101},
        {"matmuls": 0, "outputs": 0},
    ],
)
def test_certificate_fails(change: dict) -> None:
    failed = replace(CERTIFICATE, **change)
    assert not failed.passed
    if "simulated_cycles" in change:
        assert "100 != simulated cycles 101" in failed.sentence()


def test_a_layer_of_a_shape_passes_and_depends_on_the_seed_only() -> None:
    first, again = (verify_shape(SHAPE, CONFIG, seed=3) for _ in range(2))
    assert first.passed
    assert replace(first, seconds=0.0) == replace(again, seconds=0.0)
    assert first.matmuls == 7
    assert first.outputs == sum(n for n, _ in SHAPE.projections.values())
    assert f"{GAUSSIAN_ZERO_FRACTION:.1%} zeros assumed, seed 3" in first.scope


def test_a_recorded_trace_passes_on_any_array(tmp_path) -> None:
    trace = record_trace(load_model("tiny"), tmp_path / "run.trace", "The king", 2, results=True)
    certificate = verify_trace(trace, CONFIG, scope="trace")
    assert certificate.passed
    assert certificate.matmuls == len(trace)
    assert certificate.lane_operations == sum(matmul.macs for matmul in trace)


def test_a_wrong_reference_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def off_by_one(x, w):
        y = x.astype(np.int32) @ w.T.astype(np.int32)
        y[-1, -1] += 1
        return y

    monkeypatch.setattr(checker, "matmul_reference", off_by_one)
    check = MatmulChecker(CONFIG).check(*operands())
    assert (check.mismatched_outputs, check.passed) == (1, False)
    assert not certify([check], scope="bent", verilog_sha256="").passed


def test_a_wrong_cycle_model_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    true = checker.count_cycles

    def late(*arguments):
        cycles = true(*arguments)
        return replace(cycles, cycles=cycles.cycles + 1)

    monkeypatch.setattr(checker, "count_cycles", late)
    check = MatmulChecker(CONFIG).check(*operands())
    assert (check.mismatched_outputs, check.passed) == (0, False)
    certificate = certify([check], scope="bent", verilog_sha256="")
    assert (certificate.mismatched_cycles, certificate.passed) == (1, False)


def test_a_wrong_engine_result_is_noticed() -> None:
    x, weight = operands()
    array = MatmulChecker(CONFIG)
    true = x.astype(np.int32) @ weight.unpack().T.astype(np.int32)
    assert array.check(x, weight, result=true).passed
    assert not array.check(x, weight, result=true + 1).passed
    assert not array.check(x, weight, result_sha256="0" * 64).passed


def test_a_failed_certificate_names_the_first_wrong_matmul(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trace = draw_trace(SHAPE, prefill_tokens=1, seed=0)
    wrong = [matmul for matmul in trace if matmul.index in (4, 5, 9)]
    weights = {trace.read_weight(matmul).sha256 for matmul in wrong}
    true = MatmulChecker.check

    def check(self, x, weight, **expected):
        found = true(self, x, weight, **expected)
        return replace(found, mismatched_outputs=int(weight.sha256 in weights))

    monkeypatch.setattr(MatmulChecker, "check", check)
    certificate = verify_trace(trace, CONFIG, scope="drawn")
    first = f"matmul 4, 0.{wrong[0].name} of step 0"
    assert certificate.first_wrong == certificate.to_dict()["first_wrong"] == first
    assert certificate.sentence().endswith(f"; first wrong: {first}")
    assert describe_source(trace) == (
        f" (drawn weights and inputs, {trace.zero_fraction:.1%} zeros, seed 0)"
    )


@pytest.mark.parametrize(("extent", "matmuls", "tokens"), [("token", 21, 1), ("full", 21, 6)])
def test_more_of_a_shape(extent: str, matmuls: int, tokens: int, monkeypatch, tmp_path) -> None:
    certificate = verify_shape(SHAPE, CONFIG, extent=extent, tokens=6, threads=2)
    assert certificate.passed
    assert certificate.matmuls == matmuls
    assert certificate.lane_operations == tokens * SHAPE.ternary_weights


def test_an_interrupted_run_is_resumed(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = verify_shape(SHAPE, CONFIG, extent="token", seed=5)
    true, executed = MatmulChecker.check, []

    def interrupted(self, *arguments, **others):
        if len(executed) == 9:
            raise KeyboardInterrupt
        executed.append(1)
        return true(self, *arguments, **others)

    monkeypatch.setattr(MatmulChecker, "check", interrupted)
    with pytest.raises(KeyboardInterrupt):
        verify_shape(SHAPE, CONFIG, extent="token", seed=5, threads=1)
    executed.clear()
    monkeypatch.setattr(
        MatmulChecker, "check", lambda *a, **k: (executed.append(1), true(*a, **k))[1]
    )
    resumed = verify_shape(SHAPE, CONFIG, extent="token", seed=5, threads=1)
    assert len(executed) == whole.matmuls - 9
    assert replace(resumed, seconds=0.0) == replace(whole, seconds=0.0)


def test_a_journal_survives_half_a_line() -> None:
    journal = Journal("half a line")
    check = MatmulChecker(CONFIG).check(*operands())
    journal.add(0, check)
    with journal.path.open("a") as file:
        file.write('[1, {"outputs"')
    assert Journal("half a line").done == {0: check}
    journal.forget()
    assert Journal("half a line").done == {}
