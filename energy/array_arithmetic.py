"""The arithmetic that an array does: its full adders and selectors, or multiplies and adds.

A baseline is a multiply-add array with as many lanes and columns that issues in the same cycles.
"""

from math import ceil

import numpy as np

from energy.arithmetic import arithmetic_energy
from energy.arithmetic_scopes import label_unscaled, price_others
from energy.compositions import Composition
from energy.counts import ArrayCounts
from energy.entries import Entry, ForwardPass
from energy.formats import TERNARY, NumberFormat


def count_array(
    forward: ForwardPass, numbers: NumberFormat, composition: Composition, counts: ArrayCounts
) -> list[Entry]:
    """Return the arithmetic that the array does; scales and attention as in ``real-shape``."""
    technology = forward.technology
    energy = arithmetic_energy(
        forward.shape, forward.tokens, technology, format=numbers, context=forward.context
    )
    unscaled = label_unscaled(composition)
    if numbers.product is None:
        entries = _count_adders_and_selectors(forward, composition, counts)
    else:
        mul, add = (
            technology.mul(numbers.product),
            technology.add(_name_sum(forward, numbers, counts)),
        )
        multiply_add_pj = counts.lane_operations * (mul.pj + add.pj)
        counted = "a multiply and an add in every lane"
        entries = [Entry("array", "adders", multiply_add_pj, counted, (mul, add), unscaled)]
    fp16 = technology.mul("fp16")
    if numbers.scaled:
        counted = "an FP16 multiply for every input and output of a linear layer"
        entries.append(Entry("array", "scales", energy.scale_pj, counted, (fp16,), unscaled))
    if numbers.dequantized:
        pj = counts.weights_streamed * fp16.pj
        counted = "an FP16 multiply for every weight, again for every block of tokens"
        entries.append(Entry("array", "dequantisation", pj, counted, (fp16,), unscaled))
    counted = f"both products in {numbers.other.upper()}, no causal halving"
    prices = price_others(forward, numbers)
    return [*entries, Entry("array", "attention", energy.attention_pj, counted, prices, unscaled)]


def _count_adders_and_selectors(
    forward: ForwardPass, composition: Composition, counts: ArrayCounts
) -> list[Entry]:
    technology = forward.technology
    adder, selector, gate = technology.full_adder(), technology.selector_bit(), technology.gate()
    adder_scale = selector_scale = 1.0
    added = selected = unscaled = label_unscaled(composition)
    if "activity" in composition.parts:
        adder_scale = selector_scale = forward.require_activity().logic_scale
        added = selected = f"x {adder_scale:.3f}: operand toggles, over the 0.5 of random bits"
    if "zero-skip" in composition.parts:
        selector_scale = 1 - forward.require_zero_fraction()
        selected = f"x {selector_scale:.3f}: a lane with a zero weight does not switch"
    decoder_pj = counts.decoder_gate_operations * gate.pj
    decoded = f"gates that decode weights of {counts.weight_bits:.3g} bits"
    entries = [
        Entry(
            "array",
            "adders",
            counts.full_adder_operations * adder.pj * adder_scale,
            "full adders of all sums",
            (adder,),
            added,
        )
    ]
    if np.any(counts.selector_bit_operations):
        selector_pj = counts.selector_bit_operations * selector.pj * selector_scale
        chosen = "+a, -a or 0 for every lane"
        entries.append(Entry("array", "selectors", selector_pj, chosen, (selector,), selected))
    if np.any(counts.lookup_gate_operations):
        lookup_pj = counts.lookup_gate_operations * gate.pj
        looked_up = "gates on the path of every bit of a sum from its table, and of its negation"
        entries.append(Entry("array", "table look-ups", lookup_pj, looked_up, (gate,), unscaled))
    return [*entries, Entry("array", "weight decoder", decoder_pj, decoded, (gate,), unscaled)]


def _name_sum(forward: ForwardPass, numbers: NumberFormat, counts: ArrayCounts) -> str:
    """Return the format of a baseline's adds: integers as wide as its sums in registers."""
    if numbers.largest_product is None:
        return forward.float_sum(numbers)
    return f"int{ceil(count_sum_bits(forward, numbers, counts.sum_width))}"


def count_sum_bits(forward: ForwardPass, numbers: NumberFormat, width: float) -> float:
    """Return the bits of a sum that has `width` bits here; products of wider weights add some."""
    if numbers.largest_product is None:
        return int(forward.float_sum(numbers)[2:])
    ternary_bits = (TERNARY.largest_product or 0).bit_length()
    return width + numbers.largest_product.bit_length() - ternary_bits
