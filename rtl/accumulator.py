"""The accumulator of words: partial sums of all tokens and columns, an adder for each column."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from rtl.adders import add_or_subtract
from rtl.config import ArrayConfig, accumulator_width_for
from rtl.planes import add_memory


class Accumulator(wiring.Component):
    """Sum of the columns' products and their token's partial sum.

    Latency none, one beat a cycle; never stops. Token and flags come a cycle before their products,
    to read the memory. A token that comes in two consecutive cycles, as each does when M = 1, takes
    its partial sum from a register instead. Sums are modulo 2**A.

    Parameters
    ----------
    config : L, C, T and A are used.
    subtracts : whether products come with a sign of their own.

    Members
    -------
    next_valid : In(1)
        Products come in the next cycle.
    next_token : In(ceil_log2(T))
        The place of their partial sums.
    next_first, next_last : In(1)
        They start the sums of a column tile, or complete them.
    products : In(signed(bits of L products)).array(C)
        What is added, one dot product a column.
    negative : In(C)
        Which of them are subtracted instead; only if `subtracts`.
    sums : Out(C).array(A)
        Bit planes of the sums, plane 0 first, combinational.
    complete : Out(1)
        `sums` are those of a last lane tile.
    """

    next_valid: Signal
    next_token: Signal
    next_first: Signal
    next_last: Signal
    products: list[Signal]
    negative: Signal
    sums: list[Signal]
    complete: Signal

    def __init__(self, *, config: ArrayConfig, subtracts: bool = False) -> None:
        self.config = config
        self.subtracts = subtracts
        products = signed(accumulator_width_for(config.lanes))
        super().__init__(
            {
                "next_valid": In(1),
                "next_token": In(ceil_log2(config.token_depth)),
                "next_first": In(1),
                "next_last": In(1),
                "products": In(products).array(config.columns),
                "sums": Out(config.columns).array(config.accumulator_width),
                "complete": Out(1),
            }
            | ({"negative": In(config.columns)} if subtracts else {})
        )

    def elaborate(self, platform: object) -> Module:
        """Build the choice among the sources of partial sums; for each column adder and memory."""
        m = Module()
        width = self.config.accumulator_width
        now = Signal()  # products are there; the signals ending in _now belong to them
        token_now = Signal.like(self.next_token, reset_less=True)
        last_now = Signal(reset_less=True)
        again = Signal()  # the next products are for the token of these
        read = Signal()
        write = Signal()
        m.d.comb += [
            again.eq(now & (token_now == self.next_token) & ~self.next_first),
            read.eq(self.next_valid & ~self.next_first & ~again),
            write.eq(now & ~last_now),
            self.complete.eq(now & last_now),
        ]
        m.d.sync += [
            now.eq(self.next_valid),
            token_now.eq(self.next_token),
            last_now.eq(self.next_last),
        ]
        totals = []
        for c, product in enumerate(self.products):
            total = Signal(signed(width), name=f"sum_c{c}")
            found = Signal(signed(width), name=f"found_c{c}")
            stored = Signal(signed(width), name=f"stored_c{c}", reset_less=True)
            register = Signal(signed(width), name=f"register_c{c}", reset_less=True)
            memory = add_memory(
                m, f"partial_sums_c{c}", columns=width, depth=self.config.token_depth
            )
            memory.write_port(domain="sync", addr=token_now, data=total, en=write)
            memory.read_port(
                domain="comb",
                addr=self.next_token,
                data=found,
                en=Const(1),
                transparent_for=(),
            )
            # One of the two is zero, so that no gate but the adder's is behind them.
            m.d.sync += [stored.eq(Mux(read, found, 0)), register.eq(Mux(again, total, 0))]
            partial = stored | register
            if self.subtracts:
                m.d.comb += total.eq(add_or_subtract(partial, product, self.negative[c], width))
            else:
                m.d.comb += total.eq(product + partial)
            totals.append(total)
        m.d.comb += [
            plane.eq(Cat(total[bit] for total in totals)) for bit, plane in enumerate(self.sums)
        ]
        return m
