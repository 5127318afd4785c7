"""The adder tree of every column: the sum of terms, each with a sign of its own."""

from amaranth.hdl import Const, Mux, Signal, Value, signed

from rtl.adders import AdderTree, place_ranks
from rtl.config import ArrayConfig
from rtl.proofs.harness import Harness, implies


def state_signed_tree(config: ArrayConfig) -> Harness:
    """Claim the sum of any terms with any signs, r cycles later."""
    harness = Harness()
    m = harness.module
    m.submodules.dut = dut = AdderTree(config=config)
    latency = len(place_ranks(config)[0])
    width = len(dut.totals[0]) + 1
    signs = [harness.free(f"negative{i}", config.columns) for i in range(len(dut.terms))]
    m.d.comb += [to.eq(sign) for to, sign in zip(dut.next_negative, signs, strict=True)]
    for c in range(config.columns):
        owed: Value = Const(0, signed(width))
        for i, row in enumerate(dut.terms):
            term = harness.free(f"term{i}_c{c}", signed(len(row[c])))
            m.d.comb += row[c].eq(term)
            owed += Mux(harness.delay(signs[i][c]), -term, term)
        total = Signal(signed(width), name=f"total{c}")
        m.d.comb += total.eq(
            Mux(dut.negative_totals[c], -dut.totals[c].as_signed(), dut.totals[c].as_signed())
        )
        known = harness.age(latency + 1) == latency + 1
        late = harness.delay(owed[:width], latency)
        harness.claim(implies(known, total.as_unsigned() == late))
    return harness
