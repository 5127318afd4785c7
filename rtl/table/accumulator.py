"""The accumulator: partial sums of all tokens and tiles of a strip, a word of C sums a cycle."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from rtl.adders import add_or_subtract, place_ranks, total_bits
from rtl.config import ArrayConfig
from rtl.planes import add_memory


class Accumulator(wiring.Component):
    """Sum of the columns' totals and the partial sums of their token and tile.

    Latency none, or one cycle if `place_ranks` has a rank here; a word a cycle; never stops. Flags
    come a cycle before their totals. Words follow each other within a fold, and in the next fold
    again: none comes twice in E cycles, so that the partial sums are read early and may be written
    late. Sums are modulo 2**A.

    Parameters
    ----------
    config : L, C, T, D, g and A are used.

    Members
    -------
    next_valid : In(1)
        Totals come in the next cycle.
    next_first, next_last : In(1)
        They start sums, or complete them.
    next_ends : In(1)
        They are the last of their fold.
    totals, negative_totals : In
        As from `AdderTree`.
    sums : Out(C).array(A)
        Bit planes of the sums, plane 0 first.
    complete : Out(1)
        `sums` are those of a last lane tile.
    """

    next_valid: Signal
    next_first: Signal
    next_last: Signal
    next_ends: Signal
    totals: list[Signal]
    negative_totals: Signal
    sums: list[Signal]
    complete: Signal

    def __init__(self, *, config: ArrayConfig) -> None:
        self.config = config
        super().__init__(
            {
                "next_valid": In(1),
                "next_first": In(1),
                "next_last": In(1),
                "next_ends": In(1),
                "totals": In(signed(total_bits(config))).array(config.columns),
                "negative_totals": In(config.columns),
                "sums": Out(config.columns).array(config.accumulator_width),
                "complete": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the place of the word, and for each column its memory and its adder."""
        m = Module()
        config = self.config
        width = config.accumulator_width
        words = config.partial_sums
        next_word = Signal(ceil_log2(words))
        word = Signal.like(next_word, reset_less=True)
        now = Signal()  # totals are there
        last = Signal(reset_less=True)
        m.d.sync += [
            now.eq(self.next_valid),
            word.eq(next_word),
            last.eq(self.next_last),
        ]
        with m.If(self.next_valid):
            m.d.sync += next_word.eq(next_word + 1)
            with m.If(self.next_ends):
                m.d.sync += next_word.eq(0)
        _, ranked = place_ranks(config)
        if ranked:
            now, word, last = (self._register(m, flag) for flag in (now, word, last))
        m.d.comb += self.complete.eq(now & last)
        sums = []
        for c, total in enumerate(self.totals):
            stored = Signal(width, name=f"stored_c{c}")
            partial = Signal(width, name=f"partial_c{c}", reset_less=True)
            result = Signal(width, name=f"sum_c{c}")
            m.d.sync += partial.eq(Mux(self.next_first, 0, stored))
            m.d.comb += result.eq(add_or_subtract(partial, total, self.negative_totals[c], width))
            if ranked:
                result = self._register(m, result)
            memory = add_memory(m, f"partial_sums_c{c}", columns=width, depth=words)
            memory.write_port(domain="sync", addr=word, data=result, en=now)
            memory.read_port(
                domain="comb", addr=next_word, data=stored, en=Const(1), transparent_for=()
            )
            sums.append(result)
        m.d.comb += [
            plane.eq(Cat(result[bit] for result in sums)) for bit, plane in enumerate(self.sums)
        ]
        return m

    def _register(self, m: Module, signal: Signal) -> Signal:
        late = Signal.like(signal, name=f"{signal.name}_late", reset_less=signal.name != "now")
        m.d.sync += late.eq(signal)
        return late
