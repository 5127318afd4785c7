"""A row of the systolic grid: every element for itself."""

from amaranth.hdl import Cat, Const, Mux, Signal, Value, signed

from rtl.config import ACTIVATION_BITS
from rtl.proofs.harness import Harness, implies
from rtl.systolic.row import Row

_LARGEST = 128  # of a product, either sign


def state_row(lane: int, columns: int) -> Harness:
    """Claim `sum = above + a * w` of every element, without overflow, and when it takes its weight.

    Assumed: sums from above are within 128 `lane`, which is what the row above claims of its own.
    """
    harness = Harness()
    m = harness.module
    m.submodules.dut = dut = Row(lane=lane, columns=columns)
    activation = harness.free("activation", signed(ACTIVATION_BITS))
    positive, negative = harness.free("positive", columns), harness.free("negative", columns)
    swap = harness.free("swap")
    m.d.comb += [
        dut.activation.eq(activation),
        dut.positive.eq(positive),
        dut.negative.eq(negative),
        dut.swap.eq(swap),
    ]
    harness.assume(~(positive & negative).any())  # both is the illegal code
    age = harness.age(columns + 1)
    limit = _LARGEST * lane
    for c, total in enumerate(dut.sums):
        plus, minus, known = _hold_weight(harness, positive[c], negative[c], swap, f"c{c}")
        held = Cat(
            harness.probe("dut.weight_used", columns)[c],
            harness.probe("dut.weight_negative", columns)[c],
        )
        harness.claim(implies(known, ~(plus & minus)))
        harness.claim(implies(known, held == Cat(plus | minus, minus)))
        a = harness.delay(activation, c).as_signed()
        if c:
            register = harness.probe(f"dut.activation_c{c}", ACTIVATION_BITS)
            harness.claim(implies(age >= c, register.as_signed() == a))
        above: Value = Const(0, signed(2))
        if lane:
            above = harness.free(f"above{c}", dut.above[c].shape())
            m.d.comb += dut.above[c].eq(above)
            harness.assume((above >= -limit) & (above <= limit))
        owed = Signal(signed(len(total) + 2), name=f"owed{c}")
        m.d.comb += owed.eq(above + Mux(plus, a, Mux(minus, -a, 0)))
        there = harness.delay(known & (age >= c)) & (age >= 1)
        harness.claim(implies(there, total == harness.delay(owed).as_signed()))
        harness.claim(implies(there, (total >= -limit - _LARGEST) & (total <= limit + _LARGEST)))
        swap = harness.carry(swap, f"swap{c}")
    return harness


def _hold_weight(
    harness: Harness, positive: Value, negative: Value, take: Value, name: str
) -> tuple[Signal, Signal, Signal]:
    """Return a weight that is taken at the end of cycles of `take`, and whether one was."""
    plus, minus = (Signal(name=f"{sign}_{name}", reset_less=True) for sign in ("plus", "minus"))
    known = Signal(name=f"known_{name}")
    with harness.module.If(take):
        harness.module.d.sync += [plus.eq(positive), minus.eq(negative), known.eq(1)]
    return plus, minus, known
