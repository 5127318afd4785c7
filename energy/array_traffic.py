"""The bits that an array moves: registers, buffers and DRAM.

Every format is priced from the same counts: a baseline has the same folds, the same double-buffered
weights and the same token blocks, so every value moves as often, in the bits of its format.
"""

import numpy as np

from energy.arithmetic_scopes import label_unscaled
from energy.array_arithmetic import count_sum_bits
from energy.compositions import Composition
from energy.counts import ArrayCounts
from energy.entries import OTHER_BITS, Entry, ForwardPass
from energy.formats import TERNARY, NumberFormat
from energy.memory_prices import ACCESS_BITS
from energy.quantities import Count


def count_registers(
    forward: ForwardPass, numbers: NumberFormat, composition: Composition, counts: ArrayCounts
) -> list[Entry]:
    """Return what registers and stores of a few words cost; trees and tables are ternary alone."""
    register, unscaled = forward.technology.register_bit(), label_unscaled(composition)
    ternary = numbers is TERNARY
    weight_bits = counts.array_weight_bits if ternary else numbers.array_weight_bits
    partial_sum_bits = count_sum_bits(forward, numbers, counts.accumulator_width)
    written = {
        "weight registers": (
            counts.weight_register_writes,
            weight_bits,
            "in every bank",
        ),
        "activation registers": (
            counts.activation_register_writes,
            numbers.activation_bits,
            "in the input register and behind it",
        ),
        "sum registers": (
            counts.sum_register_writes,
            count_sum_bits(forward, numbers, counts.sum_width),
            "on their way to the partial sums",
        ),
    }
    if ternary:
        bits = counts.tree_register_bit_writes
        written["tree registers"] = (bits, 1, "between the adders of a column")
        if np.any(counts.table_bit_writes):
            written["tables"] = (counts.table_bit_writes, 1, "sums written, as into registers")
    if not counts.partial_sums_in_sram:
        accesses = counts.partial_sum_accesses
        written["partial sums"] = (
            accesses,
            partial_sum_bits,
            "kept in registers, read and written",
        )
    entries = [
        Entry("registers", category, values * bits * register.pj, text, (register,), unscaled)
        for category, (values, bits, text) in written.items()
    ]
    if np.any(counts.weight_read_gate_operations):
        gate = forward.technology.gate()
        pj = counts.weight_read_gate_operations * weight_bits * gate.pj
        text = "gates on the path of every bit of a weight from its store"
        entries.append(Entry("registers", "weight reads", pj, text, (gate,), unscaled))
    return entries


def count_sram(
    forward: ForwardPass, numbers: NumberFormat, composition: Composition, counts: ArrayCounts
) -> list[Entry]:
    """Return the bits moved to and from buffers, each at the price of a buffer of its size."""
    technology, unscaled = forward.technology, label_unscaled(composition)

    def entry(category: str, accesses: Count, values: Count, bits: float, counted: str) -> Entry:
        capacity_bytes = values * bits / 8
        pj = accesses * bits * technology.sram_pj(capacity_bytes) / ACCESS_BITS
        price = technology.sram(float(np.max(capacity_bytes)))
        return Entry("sram", category, pj, counted, (price,), unscaled)

    entries = [
        entry(
            "activations",
            counts.activation_reads + counts.activation_writes,
            counts.activation_values,
            numbers.activation_bits,
            "activation buffer, read for every beat, written once a result",
        )
    ]
    if counts.partial_sums_in_sram:
        bits = count_sum_bits(forward, numbers, counts.accumulator_width)
        accesses, capacity = counts.partial_sum_accesses, counts.partial_sum_values
        counted = "partial sum memory, read and written"
        entries.append(entry("partial sums", accesses, capacity, bits, counted))
    return entries


def count_dram(
    forward: ForwardPass, numbers: NumberFormat, composition: Composition, counts: ArrayCounts
) -> list[Entry]:
    """Return weights as streamed, and keys and values: written once, in a decode step read back."""
    dram, unscaled = forward.technology.dram_bit(forward.dram), label_unscaled(composition)
    weight_bits = counts.weight_bits if numbers is TERNARY else numbers.weight_bits
    weights_pj = counts.weights_streamed * weight_bits * dram.pj
    cache_pj = forward.context * (forward.tokens > 0) * forward.key_value_bits * dram.pj
    counted = f"{weight_bits:.4g} bits a weight, {forward.dram}"
    kept = f"{OTHER_BITS} bits, {forward.dram}"
    return [
        Entry("dram", "weights", weights_pj, counted, (dram,), unscaled),
        Entry("dram", "key-value cache", cache_pj, kept, (dram,), unscaled),
    ]
