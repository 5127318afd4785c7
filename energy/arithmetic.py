"""Arithmetic energy as the papers count it: adds and multiplies times their price, nothing else.

The accounting of BitNet (arXiv 2310.11453, eqs. 16 to 18) and of b1.58 (arXiv 2402.17764, Fig. 3),
and the same with a model's own matrices, true accumulator widths and the LM head. With
`energy.papers.paper_shape`, INT8 adds and 7 nm it gives all ten joule values of Fig. 3 to 5e-5:

- Linear layers, FP16: (K - 1) N adds and K N multiplies a token. Ternary: as many INT8 adds, and
  K + N multiplies at the FP16 price, the scales of input and output.
- Attention stays FP16 in both models.
- Nothing for embedding, norms, softmax, RoPE, quantiser comparisons or memory.
"""

from dataclasses import dataclass
from typing import Any

from energy.formats import NumberFormat, find_format
from energy.operations import count_attention, count_dequantized, count_linear, count_scales
from energy.quantities import Energy, check_count
from energy.technology import Technology
from workloads.shapes import ModelShape


@dataclass(frozen=True, kw_only=True)
class ArithmeticEnergy:
    """Energy of one forward pass in pJ, by part and operation: floats, or arrays over tokens."""

    linear_add_pj: Energy
    linear_mul_pj: Energy
    scale_pj: Energy
    dequantize_pj: Energy
    bias_pj: Energy
    attention_add_pj: Energy
    attention_mul_pj: Energy
    lm_head_pj: Energy

    @property
    def linear_pj(self) -> Energy:
        """Adds and multiplies of the linear layers, without scales and biases."""
        return self.linear_add_pj + self.linear_mul_pj

    @property
    def attention_pj(self) -> Energy:
        """Both attention products."""
        return self.attention_add_pj + self.attention_mul_pj

    @property
    def add_pj(self) -> Energy:
        """All adds except the LM head's, the papers' column ADD."""
        return self.linear_add_pj + self.bias_pj + self.attention_add_pj

    @property
    def mul_pj(self) -> Energy:
        """All multiplies except the LM head's, the papers' column MUL."""
        return self.linear_mul_pj + self.scale_pj + self.dequantize_pj + self.attention_mul_pj

    @property
    def total_pj(self) -> Energy:
        """Everything, the LM head included if it was asked for."""
        return self.add_pj + self.mul_pj + self.lm_head_pj


def arithmetic_energy(
    shape: ModelShape,
    tokens: Any,
    technology: Technology,
    *,
    format: str | NumberFormat = "ternary",
    context: Any = None,
    sums: str = "operand",
    bias: bool = False,
    zero_fraction: float = 0.0,
    lm_head_tokens: Any = 0,
) -> ArithmeticEnergy:
    """Return the arithmetic energy of one forward pass.

    Parameters
    ----------
    tokens : queries of the pass: the prompt's length, or 1 for a decode step. 0 costs nothing.
    format : of the linear layers, one of `energy.formats.FORMATS`.
    context : positions each query attends to; None for `tokens` (a prefill).
    sums : format of the linear layers' adds: ``operand`` as in the papers, ``exact``, or any
        format; see `NumberFormat.sum_format`.
    bias : BitNet (2310.11453) adds a bias to every output, b1.58 does not.
    zero_fraction : share of products that are skipped with their adds, 0 to 1.
    lm_head_tokens : tokens that pass the LM head: 0 as in the papers, 1 in generation.

    `tokens`, `context` and `lm_head_tokens` may be arrays. Raises InputError.
    """
    numbers = format if isinstance(format, NumberFormat) else find_format(format)
    tokens = check_count("tokens", tokens)
    add_pj: Energy = 0.0
    muls: Energy = 0.0
    scales = dequantized = outputs = tokens * 0
    for n, k in shape.projections.values():
        count = count_linear(tokens, n, k, zero_fraction=zero_fraction)
        add_pj = add_pj + count.adds * technology.add_pj(numbers.sum_format(k, sums))
        muls = muls + count.muls
        scales = scales + count_scales(tokens, n, k)
        dequantized = dequantized + count_dequantized(tokens, n, k)
        outputs = outputs + tokens * n
    positions = tokens if context is None else context
    attention = count_attention(tokens, positions, shape.heads, shape.head_dim)
    head = count_linear(lm_head_tokens, shape.vocab, shape.hidden)
    other_add_pj, other_mul_pj = technology.add_pj(numbers.other), technology.mul_pj(numbers.other)
    layers, scale_pj = shape.layers, technology.mul_pj("fp16")
    return ArithmeticEnergy(
        linear_add_pj=layers * add_pj,
        linear_mul_pj=layers * muls * technology.mul_pj(numbers.product)
        if numbers.product
        else 0.0,
        scale_pj=layers * scales * scale_pj if numbers.scaled else 0.0,
        dequantize_pj=layers * dequantized * scale_pj if numbers.dequantized else 0.0,
        bias_pj=layers * outputs * other_add_pj if bias else 0.0,
        attention_add_pj=layers * attention.adds * other_add_pj,
        attention_mul_pj=layers * attention.muls * other_mul_pj,
        lm_head_pj=head.adds * other_add_pj + head.muls * other_mul_pj,
    )
