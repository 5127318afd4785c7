"""The certificate: it passes on the true chain and fails when any link of it is bent."""

from dataclasses import replace

import numpy as np
import pytest

from hwsim import verification
from hwsim.certificate import Certificate
from hwsim.verification import GAUSSIAN_ZERO_FRACTION, Verifier, verify_layer, verify_trace
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
    first, again = (verify_layer(SHAPE, CONFIG, seed=3) for _ in range(2))
    assert first.passed
    assert replace(first, seconds=0.0) == replace(again, seconds=0.0)
    assert first.matmuls == 7
    assert first.outputs == sum(n for n, _ in SHAPE.projections.values())
    assert f"{GAUSSIAN_ZERO_FRACTION:.1%} zeros, seed 3" in first.scope


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

    monkeypatch.setattr(verification, "matmul_reference", off_by_one)
    verifier = Verifier(CONFIG)
    assert not verifier.check(*operands())
    assert verifier.certify("bent").mismatched_outputs == 1
    assert not verifier.certify("bent").passed


def test_a_wrong_cycle_model_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    true = verification.count_cycles

    def late(*arguments):
        cycles = true(*arguments)
        return replace(cycles, cycles=cycles.cycles + 1)

    monkeypatch.setattr(verification, "count_cycles", late)
    verifier = Verifier(CONFIG)
    assert not verifier.check(*operands())
    certificate = verifier.certify("bent")
    assert (certificate.mismatched_outputs, certificate.mismatched_cycles) == (0, 1)
    assert not certificate.passed


def test_a_wrong_engine_result_is_noticed() -> None:
    x, weight = operands()
    verifier = Verifier(CONFIG)
    true = x.astype(np.int32) @ weight.unpack().T.astype(np.int32)
    assert verifier.check(x, weight, result=true)
    assert not verifier.check(x, weight, result=true + 1)
    assert not verifier.check(x, weight, result_sha256="0" * 64)
    assert not verifier.certify("bent").passed
