"""The accumulator of words: partial sums of all tokens and columns, an adder for each column."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from rtl.adders import add_or_subtract, place_ranks
from rtl.config import ArrayConfig, accumulator_width_for
from rtl.delay import delay
from rtl.planes import add_memory


class Accumulator(wiring.Component):
    """Sum of the columns' products and their token's partial sum.

    Latency none, or one cycle if `place_ranks` has a rank here; one beat a cycle; never stops.
    Token and flags come a cycle before their products, to read the memory. Sums are modulo 2**A.

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
    next_stored, next_again : In(1)
        They are added to the partial sums in the memory, or to those of this cycle, which are of
        the same token; otherwise they are a sum's first. Not both.
    next_last : In(1)
        They complete the sums of a column tile.
    products : In(signed(bits of L products)).array(C)
        What is added, one dot product a column.
    negative : In(C)
        Which of them are subtracted instead; only if `subtracts`.
    sums : Out(C).array(A)
        Bit planes of the sums, plane 0 first.
    complete : Out(1)
        `sums` are those of a last lane tile.

    Attributes
    ----------
    latency : cycles from the products to the sums.
    """

    next_valid: Signal
    next_token: Signal
    next_stored: Signal
    next_again: Signal
    next_last: Signal
    products: list[Signal]
    negative: Signal
    sums: list[Signal]
    complete: Signal

    def __init__(self, *, config: ArrayConfig, subtracts: bool = False) -> None:
        self.config = config
        self.subtracts = subtracts
        self.latency = int(place_ranks(config)[1])
        products = signed(accumulator_width_for(config.lanes))
        super().__init__(
            {
                "next_valid": In(1),
                "next_token": In(ceil_log2(config.token_depth)),
                "next_stored": In(1),
                "next_again": In(1),
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
        write = Signal()
        complete = Signal()
        m.d.comb += [
            write.eq(now & ~last_now),
            complete.eq(now & last_now),
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
            m.d.sync += [
                stored.eq(Mux(self.next_stored, found, 0)),
                register.eq(Mux(self.next_again, total, 0)),
            ]
            partial = stored | register
            if self.subtracts:
                m.d.comb += total.eq(add_or_subtract(partial, product, self.negative[c], width))
            else:
                m.d.comb += total.eq(product + partial)
            totals.append(total)
        m.d.comb += self.complete.eq(
            delay(m, complete, self.latency, "complete_late", reset_less=False)
        )
        for bit, plane in enumerate(self.sums):
            column_bits = Cat(total[bit] for total in totals)
            m.d.comb += plane.eq(delay(m, column_bits, self.latency, f"sums_late_b{bit}"))
        return m
