"""Synthetic traces: the matmuls of the shape, their operands reproducible and shared."""

import re
from dataclasses import replace
from typing import Any

import pytest

from workloads.errors import InputError
from workloads.shapes import ModelShape, find_preset
from workloads.synthetic import SyntheticTrace

SHAPE = ModelShape(
    name="small", hidden=16, intermediate=30, layers=3, heads=4, kv_heads=2, head_dim=8, vocab=9,
    zero_fraction=0.4,
)  # fmt: skip


def test_a_trace_has_the_models_matmuls() -> None:
    trace = SyntheticTrace(SHAPE, prefill_tokens=5, decode_tokens=2)
    matmuls = list(trace)
    assert len(matmuls) == len(trace) == 3 * 3 * 7
    assert [matmul.index for matmul in matmuls] == list(range(63))
    passes = {(matmul.step, matmul.phase, matmul.position, matmul.m) for matmul in matmuls}
    assert passes == {(0, "prefill", 0, 5), (1, "decode", 5, 1), (2, "decode", 6, 1)}
    prefill = [(matmul.name, matmul.m, matmul.n, matmul.k) for matmul in matmuls[:7]]
    assert prefill == [(matmul.name, 5, matmul.n, matmul.k) for matmul in SHAPE.matmuls(5)]
    for matmul in matmuls:
        assert trace.read_input(matmul).shape == (matmul.m, matmul.k)
        assert trace.read_weight(matmul).shape == (matmul.n, matmul.k)
        assert trace.read_result(matmul) is None


def test_inputs_are_shared_and_weights_kept() -> None:
    trace = SyntheticTrace(SHAPE, prefill_tokens=2, decode_tokens=1, seed=4)
    by_key: dict[tuple[int, int, str], Any] = {
        (matmul.step, matmul.layer, matmul.name): matmul for matmul in trace
    }
    x = {key: trace.read_input(matmul).tobytes() for key, matmul in by_key.items()}
    assert x[0, 1, "q_proj"] == x[0, 1, "k_proj"] == x[0, 1, "v_proj"]
    assert x[0, 1, "gate_proj"] == x[0, 1, "up_proj"]
    assert len(set(x.values())) == 2 * 3 * 4
    w = {key: trace.read_weight(matmul).sha256 for key, matmul in by_key.items()}
    assert w[0, 2, "up_proj"] == w[1, 2, "up_proj"] != w[1, 2, "gate_proj"]
    assert len(set(w.values())) == 3 * 7
    other = SyntheticTrace(SHAPE, prefill_tokens=2, seed=5)
    first = next(iter(other))
    assert other.read_weight(first).sha256 != w[0, 0, "q_proj"]
    assert other.read_input(first).tobytes() != x[0, 0, "q_proj"]


def test_a_given_zero_fraction_replaces_the_shapes() -> None:
    trace = SyntheticTrace(SHAPE, zero_fraction=1.0)
    assert trace.read_weight(next(iter(trace))).zero_fraction == 1.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: SyntheticTrace(SHAPE, prefill_tokens=0),
            "prefill_tokens must be a positive int, not 0",
        ),
        (
            lambda: SyntheticTrace(SHAPE, decode_tokens=-1),
            "decode_tokens must be a non-negative int, not -1",
        ),
        (lambda: SyntheticTrace(SHAPE, seed=-1), "seed must be a non-negative int, not -1"),
        (
            lambda: SyntheticTrace(find_preset("7B")),
            "zero_fraction must be given, as 7B has none published",
        ),
    ],
)
def test_arguments_are_checked(call: Any, message: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        call()


def test_a_shape_without_a_gate() -> None:
    shape = replace(SHAPE, ffn_matrices=2)
    trace = SyntheticTrace(shape)
    operands = [(trace.read_input(matmul), trace.read_weight(matmul)) for matmul in trace]
    assert len(operands) == 3 * 6
    assert operands[4][0].shape == (1, 16)


def test_a_whole_matrix_of_the_3b_model() -> None:
    trace = SyntheticTrace(find_preset("3B"))
    matmul = [matmul for matmul in trace if matmul.name == "down_proj"][-1]
    weight = trace.read_weight(matmul)
    assert weight.shape == (3200, 8640)
    assert abs(weight.zero_fraction - 0.395) < 0.001
