"""The entries of an account that need no array: arithmetic as papers count it, and the LM head."""

from energy.arithmetic import arithmetic_energy
from energy.compositions import PAPERS, Composition
from energy.entries import Entry, ForwardPass
from energy.formats import NumberFormat
from energy.papers import paper_shape
from energy.prices import OpEnergy

UNSCALED = "unscaled"


def count_arithmetic(
    forward: ForwardPass, numbers: NumberFormat, composition: Composition
) -> list[Entry]:
    """Return linear layers, scales, biases and attention of a base that is arithmetic alone."""
    technology, base = forward.technology, composition.base
    shape = paper_shape(forward.shape) if base in PAPERS else forward.shape
    sums = "operand"
    if "true-accumulator" in composition.parts:
        sums = "exact" if numbers.largest_product else forward.float_sum(numbers)
    skipped = 0.0
    if "zero-skip" in composition.parts and numbers.product is None:
        skipped = forward.require_zero_fraction()
    energy = arithmetic_energy(
        shape,
        forward.tokens,
        technology,
        format=numbers,
        context=forward.context,
        sums=sums,
        bias=base == "bitnet-2023",
        zero_fraction=skipped,
    )
    add = technology.add(numbers.sum_format(shape.max_reduction, sums))
    muls = (technology.mul(numbers.product),) if numbers.product else ()
    fp16, others = technology.mul("fp16"), price_others(forward, numbers)
    width = f"up to {numbers.sum_format(shape.max_reduction, sums)}" if sums == "exact" else sums
    counted = f"{len(shape.projections)} matrices a layer, (K - 1) N adds a token ({width})"
    counted += ", K N multiplies" if muls else ""
    unscaled = label_unscaled(composition)
    scaled = f"x {1 - skipped:.3f} of the products: zero weights skipped" if skipped else unscaled
    entries = [Entry(base, "linear", energy.linear_pj, counted, (*muls, add), scaled)]
    if numbers.scaled:
        counted = "an FP16 multiply for every input and output of a linear layer"
        entries.append(Entry(base, "scales", energy.scale_pj, counted, (fp16,), unscaled))
    if numbers.dequantized:
        counted = "an FP16 multiply for every weight, once a pass"
        entries.append(
            Entry(base, "dequantisation", energy.dequantize_pj, counted, (fp16,), unscaled)
        )
    if base == "bitnet-2023":
        counted = f"an add in {numbers.other.upper()} for every output of a linear layer"
        entries.append(Entry(base, "biases", energy.bias_pj, counted, others[1:], unscaled))
    counted = f"both products in {numbers.other.upper()}, no causal halving"
    entries.append(Entry(base, "attention", energy.attention_pj, counted, others, unscaled))
    return entries


def count_lm_head(
    forward: ForwardPass, numbers: NumberFormat, composition: Composition
) -> list[Entry]:
    """Return the LM head's arithmetic and, if DRAM is in the scope, its weights, fetched once."""
    energy = arithmetic_energy(
        forward.shape,
        0,
        forward.technology,
        format=numbers,
        lm_head_tokens=forward.lm_head_tokens,
    )
    unscaled = label_unscaled(composition)
    counted = f"tokens that need it, {numbers.other.upper()}"
    prices = price_others(forward, numbers)
    entries = [Entry("lm-head", "lm-head arithmetic", energy.lm_head_pj, counted, prices, unscaled)]
    if "dram" in composition.parts:
        dram = forward.technology.dram_bit(forward.dram)
        weights = forward.shape.vocab * forward.shape.hidden
        fetched = forward.lm_head_tokens > 0
        moved_pj = weights * 16 * dram.pj * fetched
        counted = f"16 bits a weight, {forward.dram}"
        entries.append(Entry("lm-head", "lm-head weights", moved_pj, counted, (dram,), unscaled))
    return entries


def price_others(forward: ForwardPass, numbers: NumberFormat) -> tuple[OpEnergy, OpEnergy]:
    """Return the prices of a multiply and an add outside the linear layers."""
    technology = forward.technology
    return technology.mul(numbers.other), technology.add(numbers.other)


def label_unscaled(composition: Composition) -> str:
    """Return the label of an entry that no measured rate scales, where one was asked for."""
    return UNSCALED if {"zero-skip", "activity"} & set(composition.parts) else ""
