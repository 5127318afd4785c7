"""The accumulator of a strip: every total is added to the sum of its token and tile."""

from amaranth.hdl import Array, Cat, Mux, Signal, Value
from amaranth.utils import ceil_log2

from rtl.adders import place_ranks
from rtl.config import ArrayConfig
from rtl.proofs.harness import Harness, implies
from rtl.table.accumulator import Accumulator


def state_words(config: ArrayConfig) -> Harness:
    """Claim `acc[word] + total`, or `- total`, modulo 2**A of every word; a first one's acc is 0.

    Words count up from 0 in every fold. Assumed: none comes twice within the cycles that its sum
    takes to be written, and after reset and after its last total a word's next one is a first one.
    `rtl.proofs.table.words` claims that.
    """
    harness = Harness()
    m = harness.module
    m.submodules.dut = dut = Accumulator(config=config)
    words, width = config.partial_sums, config.accumulator_width
    flags = {name: harness.free(f"next_{name}") for name in ("valid", "first", "last", "ends")}
    m.d.comb += [getattr(dut, f"next_{name}").eq(flag) for name, flag in flags.items()]
    signs = harness.free("negative", config.columns)
    totals = [harness.free(f"total{c}", total.shape()) for c, total in enumerate(dut.totals)]
    m.d.comb += dut.negative_totals.eq(signs)
    m.d.comb += [to.eq(total) for to, total in zip(dut.totals, totals, strict=True)]

    valid, first, last, ends = flags.values()
    word = Signal(ceil_log2(words), name="next_place")
    with m.If(valid):
        m.d.sync += word.eq(Mux(ends, 0, word + 1))
    begun = Array(Signal(name=f"begun{i}") for i in range(words))
    with m.If(valid):
        m.d.sync += begun[word].eq(~last)
    now, first_now = harness.carry(valid, "now"), harness.delay(first)
    # Totals on their way to the memory, the youngest first.
    _, ranked = place_ranks(config)
    there: list[Value] = [now]
    place, completes = [harness.delay(word)], [harness.delay(last)]
    if ranked:
        there.append(harness.carry(now, "late"))
        place.append(harness.delay(place[0]))
        completes.append(harness.delay(completes[0]))
    harness.assume(implies(valid & (word == words - 1), ends))
    harness.assume(implies(valid & ~first, begun[word]))
    for coming, its_word in zip(there, place, strict=True):
        harness.assume(implies(valid & coming, word != its_word))
    harness.claim(word < words)
    harness.claim(harness.probe("dut.next_word", len(word)) == word)
    harness.claim(dut.complete == (there[-1] & completes[-1]))
    for c, total in enumerate(totals):
        acc = Array(Signal(width, name=f"acc{i}_c{c}", reset_less=True) for i in range(words))
        before = Mux(first_now, 0, acc[place[0]])
        owed = Signal(width, name=f"owed_c{c}")
        m.d.comb += owed.eq(before + Mux(signs[c], -total, total))
        with m.If(now):
            m.d.sync += acc[place[0]].eq(owed)
        found = Cat(plane[c] for plane in dut.sums)
        harness.claim(implies(there[-1], found == (harness.delay(owed) if ranked else owed)))
        harness.claim(implies(now, harness.probe(f"dut.partial_c{c}", width) == before))
        for i in range(words):
            stored = harness.probe(f"dut.partial_sums_c{c}[{i}]", width)
            unwritten = (t & (p == i) for t, p in zip(there, place, strict=True))
            settled = begun[i] & ~Cat(unwritten).any()
            harness.claim(implies(settled, stored == acc[i]))
    return harness
