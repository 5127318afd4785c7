"""The accumulator adds each beat to its token's partial sum, whichever way that comes."""

from amaranth.hdl import Array, Cat, Mux, Signal
from amaranth.utils import ceil_log2

from rtl.config import ArrayConfig
from rtl.proofs.harness import Harness, implies
from rtl.tree.accumulator import Accumulator, bias_width
from rtl.tree.compressor import EXCESS_BITS, plan_tree


def state_accumulator(config: ArrayConfig) -> Harness:
    """Claim `acc[token] + rows` modulo 2**A of every beat, with 128 * bias for a first one's acc.

    Assumed: after reset and after its last beat, a token's next beat is a first one.
    """
    harness = Harness()
    m = harness.module
    m.submodules.dut = dut = Accumulator(config=config)
    depth, width = config.token_depth, config.accumulator_width
    valid, first, last = (harness.free(f"next_{name}") for name in ("valid", "first", "last"))
    token = harness.free("next_token", ceil_log2(depth))
    bias = harness.free("bias", bias_width(config))
    now = Signal()
    token_now = Signal.like(token, reset_less=True)
    again = valid & ~first & now & (token_now == token)
    m.d.comb += [
        dut.next_valid.eq(valid),
        dut.next_again.eq(again),
        dut.next_stored.eq(valid & ~first & ~again),
        dut.next_last.eq(last),
        dut.next_token.eq(token),
        dut.bias.eq(bias),
    ]
    rows = [harness.free(f"row{i}", config.columns) for i in range(len(dut.rows))]
    m.d.comb += [to.eq(row) for to, row in zip(dut.rows, rows, strict=True)]
    places = [place for place, bits in enumerate(plan_tree(config.lanes).outputs) for _ in bits]

    begun = Array(Signal(name=f"begun{t}") for t in range(depth))
    harness.assume(token < depth)
    harness.assume(implies(valid & ~first, begun[token]))
    first_now, last_now, bias_now = (
        Signal.like(of, name=f"{of.name[5:]}_now", reset_less=True) for of in (first, last, bias)
    )
    m.d.sync += [now.eq(valid), token_now.eq(token), first_now.eq(first)]
    m.d.sync += [last_now.eq(last), bias_now.eq(bias)]
    with m.If(valid):
        m.d.sync += begun[token].eq(~last)

    harness.claim(dut.complete == (now & last_now))
    for c in range(config.columns):
        acc = Array(Signal(width, name=f"acc{t}_c{c}", reset_less=True) for t in range(depth))
        before = Mux(first_now, bias_now.as_signed() << EXCESS_BITS, acc[token_now])
        owed = Signal(width, name=f"owed_c{c}")
        m.d.comb += owed.eq(
            sum((row[c] << at for row, at in zip(rows, places, strict=True)), before)
        )
        with m.If(now & ~last_now):
            m.d.sync += acc[token_now].eq(owed)
        harness.claim(implies(now, Cat(plane[c] for plane in dut.sums) == owed))
        for t in range(depth):
            stored = Cat(
                harness.probe(f"dut.partial_sums_b{b}[{t}]", config.columns)[c]
                for b in range(width)
            )
            # A sum that is being added is written at the end of the cycle.
            settled = begun[t] & ~(now & (token_now == t))
            harness.claim(implies(settled, stored == acc[t]))
    return harness
