"""What each scope of the energy ledger counts, for the FP16 twin and for the ternary model.

One function a scope. Each returns entries of two energies with the prices that they rest on;
`energy.ledger` says what the scopes mean and turns the entries into rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from energy.arithmetic import accumulator_width, float_energy, paper_shape, ternary_energy
from energy.counts import ArrayCounts
from energy.technology import ACCESS_BITS, OpEnergy, Technology
from workloads.shapes import ModelShape

ACTIVATION_BITS = 8
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
    yield "paper", _count_arithmetic(forward, paper_shape(forward.shape), "int8", "fp16")
    yield "real-shape", _count_arithmetic(forward, forward.shape, "int8", "fp16")
    yield (
        "true-accumulator",
        _count_arithmetic(forward, forward.shape, "exact", forward.twin_accumulator),
    )


def array_scopes(forward: ForwardPass, counts: ArrayCounts) -> Iterator[tuple[str, list[Entry]]]:
    """Yield the scopes of an array; all but the first add to the scopes before."""
    yield "array", _count_array(forward, counts)
    yield "+registers", _count_registers(forward, counts)
    yield "+sram", _count_sram(forward, counts)
    yield "+dram", _count_dram(forward, counts)
    yield "+lm-head", _count_lm_head(forward)


def _count_arithmetic(
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


def _count_array(forward: ForwardPass, counts: ArrayCounts) -> list[Entry]:
    """Replace the adds by what the array uses; scales and attention as in ``real-shape``."""
    technology = forward.technology
    mul, add = technology.mul("fp16"), technology.add(forward.twin_accumulator)
    full_adder, selector = technology.full_adder(), technology.selector_bit()
    _, *fp16_parts = _count_arithmetic(forward, forward.shape, "int8", "fp16")
    return [
        Entry(
            "adders",
            counts.lane_operations * (mul.pj + add.pj),
            counts.full_adder_operations * full_adder.pj,
            f"FP16 multiply and {forward.twin_accumulator.upper()} add of every lane against "
            "the full adders of trees and accumulators",
            (mul, add, full_adder),
        ),
        Entry(
            "selectors",
            0.0,
            counts.selector_bit_operations * selector.pj,
            "+a, -a or 0 for every lane",
            (selector,),
        ),
        *fp16_parts,
    ]


def _count_registers(forward: ForwardPass, counts: ArrayCounts) -> list[Entry]:
    """Count the register bits written; the twin's are wider, its tree has none inside."""
    register = forward.technology.register_bit()

    def entry(category: str, values: int, bits: tuple[float, float], counted: str) -> Entry:
        fp16_pj, ternary_pj = (values * width * register.pj for width in bits)
        return Entry(category, fp16_pj, ternary_pj, counted, (register,))

    sum_bits = (forward.twin_sum_bits, counts.accumulator_width)
    entries = [
        entry("weight registers", counts.weight_register_writes, (FP16_BITS, 2), "both banks"),
        entry(
            "activation registers",
            counts.activation_register_writes,
            (FP16_BITS, ACTIVATION_BITS),
            "the input register",
        ),
        entry("sum registers", counts.sum_register_writes, sum_bits, "behind the tree"),
        entry("tree registers", counts.tree_register_bit_writes, (0, 1), "ranks inside the tree"),
    ]
    if not counts.partial_sums_in_sram:
        counted = "partial sums kept in registers, read and written"
        entries.append(entry("partial sums", counts.partial_sum_accesses, sum_bits, counted))
    return entries


def _count_sram(forward: ForwardPass, counts: ArrayCounts) -> list[Entry]:
    """Count the bits moved to and from buffers, each at the price of a buffer of its size."""

    def entry(
        category: str, accesses: int, capacity: int, bits: tuple[int, int], counted: str
    ) -> Entry:
        srams = [forward.technology.sram(capacity * width / 8) for width in bits]
        fp16_pj, ternary_pj = (
            accesses * width * sram.pj / ACCESS_BITS
            for width, sram in zip(bits, srams, strict=True)
        )
        return Entry(category, fp16_pj, ternary_pj, counted, tuple(srams))

    entries = [
        entry(
            "activations",
            counts.activation_reads + counts.activation_writes,
            counts.activation_values,
            (FP16_BITS, ACTIVATION_BITS),
            "activation buffer, read for every beat, written once a result",
        )
    ]
    if counts.partial_sums_in_sram:
        sum_bits = (forward.twin_sum_bits, counts.accumulator_width)
        accesses, capacity = counts.partial_sum_accesses, counts.partial_sum_values
        counted = "partial sum memory, read and written"
        entries.append(entry("partial sums", accesses, capacity, sum_bits, counted))
    return entries


def _count_dram(forward: ForwardPass, counts: ArrayCounts) -> list[Entry]:
    """Count weights as streamed, and keys and values: written once, in a decode step read back."""
    dram = forward.technology.dram_bit(forward.dram)
    moved_pj = forward.context * forward.key_value_bits * dram.pj
    return [
        Entry(
            "weights",
            counts.weights_streamed * FP16_BITS * dram.pj,
            counts.weights_streamed * counts.weight_bits * dram.pj,
            f"16 against {counts.weight_bits:g} bits a weight, {forward.dram}",
            (dram,),
        ),
        Entry("key-value cache", moved_pj, moved_pj, f"FP16, {forward.dram}", (dram,)),
    ]


def _count_lm_head(forward: ForwardPass) -> list[Entry]:
    """Count the FP16 LM head for the last token, as generation needs it, in both models."""
    dram = forward.technology.dram_bit(forward.dram)
    head = float_energy(forward.shape, 0, forward.technology, lm_head_tokens=1)
    weights = forward.shape.vocab * forward.shape.hidden
    head_pj, moved_pj = float(head.lm_head_pj), weights * FP16_BITS * dram.pj
    return [
        Entry("lm-head arithmetic", head_pj, head_pj, "last token, FP16", forward.fp16_prices),
        Entry("lm-head weights", moved_pj, moved_pj, f"16 bits, {forward.dram}", (dram,)),
    ]
