"""Our own value of each published claim: the functions that `claims.csv` names, arguments as text.

A model's name is a preset; ``paper-3B`` and the like are the shapes that Fig. 3 of b1.58 counts.
"""

from collections.abc import Callable
from functools import cache

from energy.arithmetic import float_energy, operation_ratio, ternary_energy
from energy.gpu import GpuFit, Measurement, fit_latency, fit_memory, gpu_shape, weights_gib
from energy.published import load_claims
from energy.technology import load_technology
from workloads.shapes import ModelShape, find_preset

PAPER_TOKENS = 512
JOULES_PER_PJ = 1e-12


def _operation_ratio(node: str, accumulator: str) -> float:
    return operation_ratio(load_technology(int(node)), accumulator)


def _int8_operation_ratio(node: str) -> float:
    technology = load_technology(int(node))
    return (technology.mul_pj("int8") + technology.add_pj("int32")) / technology.add_pj("int32")


def _model_joules(model: str, side: str, node: str) -> float:
    energy = {"fp16": float_energy, "ternary": ternary_energy}[side]
    technology = load_technology(int(node))
    return float(energy(find_preset(model), PAPER_TOKENS, technology).total_pj) * JOULES_PER_PJ


def _model_ratio(model: str, node: str, accumulator: str, lm_head: str = "") -> float:
    """FP16 over ternary; with ``lm-head`` all tokens pass an FP16 LM head of 32000 words."""
    shape, technology = gpu_shape(model), load_technology(int(node))
    heads = PAPER_TOKENS if lm_head else 0
    twin = float_energy(shape, PAPER_TOKENS, technology, lm_head_tokens=heads)
    ternary = ternary_energy(
        shape, PAPER_TOKENS, technology, accumulator=accumulator, lm_head_tokens=heads
    )
    return float(twin.total_pj / ternary.total_pj)


def _bitnet_joules(side: str, operation: str, node: str) -> float:
    """BitNet's Table 1, 6.7B: all adds or all multiplies of a model with biases."""
    shape, technology = _bitnet_shape("4096", "32", "32"), load_technology(int(node))
    if side == "ternary":
        energy = ternary_energy(shape, PAPER_TOKENS, technology, bias=True)
    else:
        energy = float_energy(shape, PAPER_TOKENS, technology, format=side, bias=True)
    return float({"add": energy.add_pj, "mul": energy.mul_pj}[operation]) * JOULES_PER_PJ


def _bitnet_ratio(hidden: str, layers: str, heads: str) -> float:
    """BitNet's Fig. 1: FP16 over 1-bit at 7 nm, with biases."""
    shape, technology = _bitnet_shape(hidden, layers, heads), load_technology(7)
    twin = float_energy(shape, PAPER_TOKENS, technology, bias=True)
    ternary = ternary_energy(shape, PAPER_TOKENS, technology, bias=True)
    return float(twin.total_pj / ternary.total_pj)


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


def _weights_ratio(model: str) -> float:
    return weights_gib(gpu_shape(model), "fp16") / weights_gib(gpu_shape(model), "ternary")


def _memory_gib(model: str, format: str) -> float:
    return published_memory_fit().predict(model, format)


def _memory_ratio(model: str) -> float:
    return _memory_gib(model, "fp16") / _memory_gib(model, "ternary")


def _latency_ms(model: str, format: str) -> float:
    return published_latency_fit().predict(model, format)


def _latency_ratio(model: str) -> float:
    return _latency_ms(model, "fp16") / _latency_ms(model, "ternary")


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


EVALUATORS: dict[str, Callable[..., float]] = {
    "operation_ratio": _operation_ratio,
    "int8_operation_ratio": _int8_operation_ratio,
    "model_joules": _model_joules,
    "model_ratio": _model_ratio,
    "bitnet_joules": _bitnet_joules,
    "bitnet_ratio": _bitnet_ratio,
    "weights_ratio": _weights_ratio,
    "memory_gib": _memory_gib,
    "memory_ratio": _memory_ratio,
    "latency_ms": _latency_ms,
    "latency_ratio": _latency_ratio,
}
