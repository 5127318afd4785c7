"""Our own value of each published claim: the functions that `claims.csv` names, arguments as text.

A model's name is a preset; ``paper-3B`` and the like are the shapes that Fig. 3 of b1.58 counts.
A value has two parts, counted and fitted; the second is 0 for all but the GPU's measurements.
"""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from energy.arithmetic import ArithmeticEnergy, arithmetic_energy
from energy.gpu import GpuFit, Measurement, fit_latency, fit_memory
from energy.papers import PAPER_TOKENS, operation_ratio
from energy.published import load_claims
from energy.technology import load_technology
from workloads.shapes import ModelShape, find_preset

JOULES_PER_PJ = 1e-12


class Evaluation(NamedTuple):
    """Our value of a claim, in the claim's unit."""

    counted: float
    fitted: float = 0.0

    @property
    def value(self) -> float:
        """Sum of both parts."""
        return self.counted + self.fitted


def _operation_ratio(node: str, accumulator: str) -> Evaluation:
    return Evaluation(operation_ratio(load_technology(int(node)), accumulator))


def _model_joules(model: str, format: str, node: str) -> Evaluation:
    energy = _compute(find_preset(model), format, node)
    return Evaluation(float(energy.total_pj) * JOULES_PER_PJ)


def _model_ratio(model: str, node: str) -> Evaluation:
    fp16, ternary = (_compute(find_preset(model), side, node) for side in ("fp16", "ternary"))
    return Evaluation(float(fp16.total_pj / ternary.total_pj))


def _bitnet_joules(
    hidden: str, layers: str, heads: str, format: str, operation: str, node: str
) -> Evaluation:
    """BitNet's Table 1: all adds or all multiplies of a model with biases."""
    energy = _compute(_bitnet_shape(hidden, layers, heads), format, node, bias=True)
    energy_pj = {"add": energy.add_pj, "mul": energy.mul_pj}[operation]
    return Evaluation(float(energy_pj) * JOULES_PER_PJ)


def _bitnet_ratio(hidden: str, layers: str, heads: str) -> Evaluation:
    """BitNet's Fig. 1: FP16 over 1-bit at 7 nm, with biases."""
    shape = _bitnet_shape(hidden, layers, heads)
    fp16, ternary = (_compute(shape, side, "7", bias=True) for side in ("fp16", "ternary"))
    return Evaluation(float(fp16.total_pj / ternary.total_pj))


def _compute(shape: ModelShape, format: str, node: str, *, bias: bool = False) -> ArithmeticEnergy:
    technology = load_technology(int(node))
    return arithmetic_energy(shape, PAPER_TOKENS, technology, format=format, bias=bias)


def _bitnet_shape(hidden: str, layers: str, heads: str) -> ModelShape:
    return ModelShape(
        name="BitNet",
        hidden=int(hidden),
        intermediate=4 * int(hidden),
        layers=int(layers),
        heads=int(heads),
        kv_heads=int(heads),
        head_dim=int(hidden) // int(heads),
        vocab=1,
        ffn_matrices=2,
    )


def _memory_gib(model: str, format: str) -> Evaluation:
    return Evaluation(*published_memory_fit().predict(model, format))


def _memory_ratio(model: str) -> Evaluation:
    return Evaluation(_memory_gib(model, "fp16").value / _memory_gib(model, "ternary").value)


def _latency_ms(model: str, format: str) -> Evaluation:
    return Evaluation(*published_latency_fit().predict(model, format))


def _latency_ratio(model: str) -> Evaluation:
    return Evaluation(_latency_ms(model, "fp16").value / _latency_ms(model, "ternary").value)


@cache
def published_memory_fit() -> GpuFit:
    """Return the memory model, fitted to the published values."""
    return fit_memory(_list_measurements("memory_gib"))


@cache
def published_latency_fit() -> GpuFit:
    """Return the latency model, fitted to the published values."""
    return fit_latency(_list_measurements("latency_ms"))


def _list_measurements(evaluator: str) -> list[Measurement]:
    return [
        Measurement(claim.arguments[0], claim.arguments[1], claim.published)
        for claim in load_claims()
        if claim.evaluator == evaluator
    ]


EVALUATORS: dict[str, Callable[..., Evaluation]] = {
    "operation_ratio": _operation_ratio,
    "model_joules": _model_joules,
    "model_ratio": _model_ratio,
    "bitnet_joules": _bitnet_joules,
    "bitnet_ratio": _bitnet_ratio,
    "memory_gib": _memory_gib,
    "memory_ratio": _memory_ratio,
    "latency_ms": _latency_ms,
    "latency_ratio": _latency_ratio,
}
