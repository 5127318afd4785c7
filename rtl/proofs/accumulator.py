"""The accumulator of words: every beat is added to its token's sum, also of two in a row."""

from amaranth.hdl import Array, Cat, Mux, Signal, Value
from amaranth.utils import ceil_log2

from rtl.accumulator import Accumulator
from rtl.config import ArrayConfig
from rtl.proofs.harness import Harness, implies


def state_word_accumulator(config: ArrayConfig, subtracts: bool = False) -> Harness:
    """Claim `acc[token] + product` modulo 2**A of every beat, with 0 for a first one's acc.

    Or minus the product, where it comes as negative.

    Assumed: after reset and after its last beat, a token's next beat is a first one.
    """
    harness = Harness()
    m = harness.module
    m.submodules.dut = dut = Accumulator(config=config, subtracts=subtracts)
    depth, width = config.token_depth, config.accumulator_width
    valid, first, last = (harness.free(f"next_{name}") for name in ("valid", "first", "last"))
    token = harness.free("next_token", ceil_log2(depth))
    now = Signal()
    token_now = Signal.like(token, reset_less=True)
    again = valid & ~first & now & (token_now == token)
    m.d.comb += [
        dut.next_valid.eq(valid),
        dut.next_again.eq(again),
        dut.next_stored.eq(valid & ~first & ~again),
        dut.next_last.eq(last),
        dut.next_token.eq(token),
    ]
    begun = Array(Signal(name=f"begun{t}") for t in range(depth))
    harness.assume(token < depth)
    harness.assume(implies(valid & ~first, begun[token]))
    first_now, last_now = (
        Signal.like(of, name=f"{of.name[5:]}_now", reset_less=True) for of in (first, last)
    )
    m.d.sync += [now.eq(valid), token_now.eq(token), first_now.eq(first), last_now.eq(last)]
    with m.If(valid):
        m.d.sync += begun[token].eq(~last)

    if subtracts:
        negative = harness.free("negative", config.columns)
        m.d.comb += dut.negative.eq(negative)
    there: Value = now
    completes: Value = last_now
    if dut.latency:
        there, completes = harness.carry(now, "late"), harness.delay(last_now)
    harness.claim(dut.complete == (there & completes))
    for c, member in enumerate(dut.products):
        product = harness.free(f"product{c}", member.shape())
        m.d.comb += member.eq(product)
        acc = Array(Signal(width, name=f"acc{t}_c{c}", reset_less=True) for t in range(depth))
        owed = Signal(width, name=f"owed_c{c}")
        added = Mux(negative[c], -product, product) if subtracts else product
        m.d.comb += owed.eq(Mux(first_now, 0, acc[token_now]) + added)
        with m.If(now & ~last_now):
            m.d.sync += acc[token_now].eq(owed)
        found = Cat(plane[c] for plane in dut.sums)
        harness.claim(implies(there, found == harness.delay(owed, dut.latency)))
        for t in range(depth):
            # A sum that is being added is written at the end of the cycle.
            settled = begun[t] & ~(now & (token_now == t))
            stored = harness.probe(f"dut.partial_sums_c{c}[{t}]", width)
            harness.claim(implies(settled, stored == acc[t]))
    return harness
