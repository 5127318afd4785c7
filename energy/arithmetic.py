"""Arithmetic energy as the papers count it: adds and multiplies times their price, nothing else.

The accounting of BitNet (arXiv 2310.11453, eqs. 16 to 18) and of b1.58 (arXiv 2402.17764, Fig. 3),
and the same with a model's own matrices, true accumulator widths and the LM head. With
`paper_shape`, INT8 adds and 7 nm it gives all ten joule values of Fig. 3 to 5e-5:

- Linear layers, FP16: (K - 1) N adds and K N multiplies a token. Ternary: as many INT8 adds, and
  K + N multiplies at the FP16 price, the scales of input and output.
- Attention stays FP16 in both models: 2 n c H (d - 1) adds and 2 n c H d multiplies for n queries
  over c positions, the full square in a prefill, d - 1 in both products.
- Nothing for embedding, LM head, norms, softmax, RoPE, quantiser comparisons or memory.

Every function takes tokens and context as an int or as an array of ints, and answers in kind.
"""

import math
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from energy.technology import Technology
from workloads.errors import InputError, require_int
from workloads.shapes import ModelShape

# Counts of int tokens are exact ints. Arrays are float64: exact to 2**53, and without overflow.
Count: TypeAlias = int | NDArray[np.float64]
Energy: TypeAlias = float | NDArray[np.float64]


class Operations(NamedTuple):
    """Numbers of adds and multiplies."""

    adds: Count
    muls: Count


@dataclass(frozen=True, kw_only=True)
class ArithmeticEnergy:
    """Energy of one forward pass in pJ, by part and operation: floats, or arrays over tokens.

    In a ternary model `linear_mul_pj` is the scales.
    """

    linear_add_pj: Energy
    linear_mul_pj: Energy
    attention_add_pj: Energy
    attention_mul_pj: Energy
    lm_head_pj: Energy

    @property
    def attention_pj(self) -> Energy:
        """Both attention products."""
        return self.attention_add_pj + self.attention_mul_pj

    @property
    def add_pj(self) -> Energy:
        """All adds except the LM head's, the papers' column ADD."""
        return self.linear_add_pj + self.attention_add_pj

    @property
    def mul_pj(self) -> Energy:
        """All multiplies except the LM head's, the papers' column MUL."""
        return self.linear_mul_pj + self.attention_mul_pj

    @property
    def total_pj(self) -> Energy:
        """Everything, the LM head included if it was asked for."""
        return self.add_pj + self.mul_pj + self.lm_head_pj


def count_float_linear(tokens: Any, n: int, k: int) -> Operations:
    """Count an FP16 or FP32 matmul (tokens, N, K); eqs. 16 and 17 of arXiv 2310.11453."""
    tokens = _check_tokens("tokens", tokens)
    return Operations(adds=tokens * (k - 1) * n, muls=tokens * k * n)


def count_ternary_linear(tokens: Any, n: int, k: int) -> Operations:
    """Count a ternary matmul (tokens, N, K): integer adds, float scales; eqs. 16 and 18."""
    tokens = _check_tokens("tokens", tokens)
    return Operations(adds=tokens * (k - 1) * n, muls=tokens * (k + n))


def count_attention(tokens: Any, context: Any, heads: int, head_dim: int) -> Operations:
    """Count one layer's two attention products, `tokens` queries over `context` positions each."""
    pairs = _check_tokens("tokens", tokens) * _check_tokens("context", context)
    return Operations(adds=2 * pairs * heads * (head_dim - 1), muls=2 * pairs * heads * head_dim)


def paper_shape(shape: ModelShape) -> ModelShape:
    """Return `shape` as Fig. 3 counts it: 12 hidden^2 weights a layer, no shared key-value heads.

    Four hidden x hidden attention matrices and a plain FFN of 4 hidden. Where `heads` does not
    divide `hidden`, their greatest common divisor takes its place.
    """
    heads = math.gcd(shape.hidden, shape.heads)
    return replace(
        shape,
        intermediate=4 * shape.hidden,
        heads=heads,
        kv_heads=heads,
        head_dim=shape.hidden // heads,
        ffn_matrices=2,
    )


def accumulator_width(k: int) -> int:
    """Return the bits of an exact sum of `k` int8 activations with ternary weights.

    >>> accumulator_width(6912), accumulator_width(8640)
    (21, 22)
    """
    return (128 * require_int("k", k)).bit_length() + 1


def float_energy(
    shape: ModelShape,
    tokens: Any,
    technology: Technology,
    *,
    context: Any = None,
    format: str = "fp16",
    accumulator: str | None = None,
    bias: bool = False,
    lm_head_tokens: Any = 0,
) -> ArithmeticEnergy:
    """Return the energy of the float twin: the same matrices in `format`.

    Parameters
    ----------
    tokens : queries of the pass: the prompt's length, or 1 for a decode step. 0 costs nothing.
    context : positions each query attends to; None for `tokens` (a prefill).
    format : operands of the linear layers and attention: fp16, bf16 or fp32.
    accumulator : format of the linear layers' adds; None for `format`.
    bias : BitNet (2310.11453) adds a bias to every output, b1.58 does not.
    lm_head_tokens : tokens that pass the LM head, in FP16: 0 as in the papers, 1 in generation.
    """
    sum_pj = technology.add_pj(accumulator or format)
    counts = [count_float_linear(tokens, n, k) for n, k in shape.projections.values()]
    return _whole_model(
        shape,
        tokens,
        technology,
        context,
        format,
        layer_add_pj=sum(count.adds for count in counts) * sum_pj,
        layer_mul_pj=sum(count.muls for count in counts) * technology.mul_pj(format),
        bias=bias,
        lm_head_tokens=lm_head_tokens,
    )


def ternary_energy(
    shape: ModelShape,
    tokens: Any,
    technology: Technology,
    *,
    context: Any = None,
    accumulator: str = "int8",
    bias: bool = False,
    lm_head_tokens: Any = 0,
) -> ArithmeticEnergy:
    """Return the energy of the ternary model; parameters as in `float_energy`.

    `accumulator` is the format of the adds: int8 as in the papers, any other integer, or ``exact``
    for the `accumulator_width` of each matrix. Scales, attention, biases and LM head are FP16.
    """
    layer_add_pj: Energy = 0.0
    scales: Count = 0
    for n, k in shape.projections.values():
        count = count_ternary_linear(tokens, n, k)
        format = f"int{accumulator_width(k)}" if accumulator == "exact" else accumulator
        layer_add_pj = layer_add_pj + count.adds * technology.add_pj(format)
        scales = scales + count.muls
    return _whole_model(
        shape,
        tokens,
        technology,
        context,
        "fp16",
        layer_add_pj=layer_add_pj,
        layer_mul_pj=scales * technology.mul_pj("fp16"),
        bias=bias,
        lm_head_tokens=lm_head_tokens,
    )


def operation_ratio(technology: Technology, accumulator: str = "int8") -> float:
    """Return FP16 multiply-add / integer add, the 71.4x of b1.58 at 7 nm.

    >>> from energy.technology import load_technology
    >>> round(operation_ratio(load_technology(7)), 1)
    71.4
    """
    fp16_pj = technology.add_pj("fp16") + technology.mul_pj("fp16")
    return fp16_pj / technology.add_pj(accumulator)


def _whole_model(
    shape: ModelShape,
    tokens: Any,
    technology: Technology,
    context: Any,
    format: str,
    *,
    layer_add_pj: Energy,
    layer_mul_pj: Energy,
    bias: bool,
    lm_head_tokens: Any,
) -> ArithmeticEnergy:
    """Multiply a layer's linear energy by the layers; add biases, attention and LM head."""
    positions = tokens if context is None else context
    attention = count_attention(tokens, positions, shape.heads, shape.head_dim)
    head = count_float_linear(lm_head_tokens, shape.vocab, shape.hidden)
    add_pj, mul_pj = technology.add_pj(format), technology.mul_pj(format)
    if bias:
        outputs = sum(n for n, _ in shape.projections.values())
        layer_add_pj = layer_add_pj + _check_tokens("tokens", tokens) * outputs * add_pj
    return ArithmeticEnergy(
        linear_add_pj=shape.layers * layer_add_pj,
        linear_mul_pj=shape.layers * layer_mul_pj,
        attention_add_pj=shape.layers * attention.adds * add_pj,
        attention_mul_pj=shape.layers * attention.muls * mul_pj,
        lm_head_pj=head.adds * technology.add_pj("fp16") + head.muls * technology.mul_pj("fp16"),
    )


def _check_tokens(name: str, value: Any) -> Count:
    """Return an int as it is, and an array of ints as float64; raises InputError."""
    if not isinstance(value, np.ndarray | list | tuple):
        return require_int(name, value, minimum=0)
    numbers = np.asarray(value)
    if not np.issubdtype(numbers.dtype, np.integer) or (numbers < 0).any():
        raise InputError(f"{name} must be non-negative ints, not {value!r}")
    return numbers.astype(np.float64)
