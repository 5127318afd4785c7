"""The bits of a partial sum hold it, for every K up to the limit: arithmetic, no component."""

from amaranth.hdl import Mux, Signal, Value, signed

from rtl.config import ACTIVATION_BITS, ArrayConfig
from rtl.proofs.harness import Harness
from rtl.tree.compressor import EXCESS_BITS


def state_no_overflow(config: ArrayConfig, reduction: int | None = None) -> Harness:
    """Claim that A bits hold every sum of up to `reduction` products, by default `max_reduction`.

    This is arithmetic, without a component: the sum in A bits, two's complement, against the sum
    of any products in a width that cannot overflow, for every prefix of every sequence.
    """
    limit = config.max_reduction if reduction is None else reduction
    harness = Harness()
    m = harness.module
    a = harness.free("a", signed(ACTIVATION_BITS))
    plus, minus, first = harness.free("plus"), harness.free("minus"), harness.free("first")
    harness.assume(~(plus & minus))
    wide = config.accumulator_width + ACTIVATION_BITS + 2
    product: Value = Mux(plus, a, Mux(minus, -a, 0))
    count = Signal(wide, reset_less=True)
    exact = Signal(signed(wide), reset_less=True)
    acc = Signal(signed(config.accumulator_width), reset_less=True)
    restart = first | harness.reset | (count == limit)
    m.d.sync += [
        count.eq(Mux(restart, 1, count + 1)),
        exact.eq(Mux(restart, 0, exact) + product),
        acc.eq(Mux(restart, 0, acc) + product),
    ]
    harness.claim((count >= 1) & (count <= limit))
    harness.claim((exact <= (count << EXCESS_BITS)) & (exact >= -(count << EXCESS_BITS)))
    harness.claim(acc == exact)
    return harness
