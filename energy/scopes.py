"""The scopes of the energy ledger that need no array: arithmetic, counted as papers do.

A scope is a list of entries: two energies, the FP16 twin's and the ternary model's, with the prices
that they rest on. `energy.ledger` says what the scopes mean and turns the entries into rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from energy.arithmetic import accumulator_width, float_energy, paper_shape, ternary_energy
from energy.technology import OpEnergy, Technology
from workloads.shapes import ModelShape

FP16_BITS = 16
TWIN_SUM_BITS = {"fp16": 16, "fp32": 32}


class Entry(NamedTuple):
    """Energy of one category in pJ: the twin's, the ternary model's, what was counted, at what."""

    category: str
    fp16_pj: float
    ternary_pj: float
    counted: str
    prices: tuple[OpEnergy, ...]


@dataclass(frozen=True, kw_only=True)
class ForwardPass:
    """What the scopes are about; parameters as in `energy.ledger.build_ledger`."""

    shape: ModelShape
    technology: Technology
    tokens: int
    context: int
    dram: str
    twin_accumulator: str

    @property
    def fp16_prices(self) -> tuple[OpEnergy, OpEnergy]:
        """Prices of an FP16 multiply and an FP16 add."""
        return self.technology.mul("fp16"), self.technology.add("fp16")

    @property
    def key_value_bits(self) -> int:
        """Bits of the FP16 keys and values that one token leaves in all layers."""
        return 2 * self.shape.kv_heads * self.shape.head_dim * self.shape.layers * FP16_BITS

    @property
    def twin_sum_bits(self) -> int:
        """Bits of a partial sum of the twin."""
        return TWIN_SUM_BITS[self.twin_accumulator]


def arithmetic_scopes(forward: ForwardPass) -> Iterator[tuple[str, list[Entry]]]:
    """Yield the scopes that need no array; each stands alone."""
    mul, add = forward.fp16_prices
    int8 = forward.technology.add("int8")
    prices = (mul, add, int8)
    yield "paper-op", [Entry("multiply-add", mul.pj + add.pj, int8.pj, "one operation", prices)]
    yield "paper", count_arithmetic(forward, paper_shape(forward.shape), "int8", "fp16")
    yield "real-shape", count_arithmetic(forward, forward.shape, "int8", "fp16")
    yield (
        "true-accumulator",
        count_arithmetic(forward, forward.shape, "exact", forward.twin_accumulator),
    )


def count_arithmetic(
    forward: ForwardPass, shape: ModelShape, accumulator: str, twin_accumulator: str
) -> list[Entry]:
    """Count the papers' arithmetic on the matrices of `shape`."""
    technology, tokens, context = forward.technology, forward.tokens, forward.context
    twin = float_energy(shape, tokens, technology, context=context, accumulator=twin_accumulator)
    ternary = ternary_energy(shape, tokens, technology, context=context, accumulator=accumulator)
    mul, add = forward.fp16_prices
    width = accumulator_width(shape.max_reduction) if accumulator == "exact" else 8
    twin_add, ternary_add = technology.add(twin_accumulator), technology.add(f"int{width}")
    bits = f"up to {width} bits" if accumulator == "exact" else f"{width} bits"
    return [
        Entry(
            "linear",
            float(twin.linear_add_pj + twin.linear_mul_pj),
            float(ternary.linear_add_pj),
            f"{len(shape.projections)} matrices a layer; {twin_accumulator.upper()} adds "
            f"against integer adds of {bits}",
            (mul, twin_add, ternary_add),
        ),
        Entry(
            "scales",
            0.0,
            float(ternary.linear_mul_pj),
            "an FP16 multiply for every input and output of a linear layer",
            (mul,),
        ),
        Entry(
            "attention",
            float(twin.attention_pj),
            float(ternary.attention_pj),
            "both products in FP16 in both models, no causal halving",
            (mul, add),
        ),
    ]
