"""The scopes of the energy ledger that need an array, from its counts: adders to DRAM and LM head.

Both sides of an entry come from the same counts; only the formats differ. `energy.ledger` says what
is assumed of the FP16 twin.
"""

from collections.abc import Iterator

from energy.arithmetic import float_energy
from energy.counts import ArrayCounts
from energy.scopes import FP16_BITS, Entry, ForwardPass, count_arithmetic
from energy.technology import ACCESS_BITS

ACTIVATION_BITS = 8
TERNARY_BITS = 2


def array_scopes(forward: ForwardPass, counts: ArrayCounts) -> Iterator[tuple[str, list[Entry]]]:
    """Yield the scopes of an array; all but the first add to the scopes before."""
    yield "array", _count_array(forward, counts)
    yield "+registers", _count_registers(forward, counts)
    yield "+sram", _count_sram(forward, counts)
    yield "+dram", _count_dram(forward, counts)
    yield "+lm-head", _count_lm_head(forward)


def _count_array(forward: ForwardPass, counts: ArrayCounts) -> list[Entry]:
    """Replace the adds by what the array uses; scales and attention as in ``real-shape``."""
    technology = forward.technology
    mul, add = technology.mul("fp16"), technology.add(forward.twin_accumulator)
    full_adder, selector = technology.full_adder(), technology.selector_bit()
    _, *fp16_parts = count_arithmetic(forward, forward.shape, "int8", "fp16")
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
        entry(
            "weight registers",
            counts.weight_register_writes,
            (FP16_BITS, TERNARY_BITS),
            "both banks",
        ),
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
