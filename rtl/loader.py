"""The weight loader: packed codes into a shadow bank, decoded planes out of the active one."""

from functools import reduce
from operator import and_, or_

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.config import ArrayConfig
from rtl.sequencer import COMMAND_LAYOUT, FoldCounter


class WeightLoader(wiring.Component):
    """Two banks of weights: one fills from the stream while the other is used.

    A tile takes B beats; it is active from the second cycle after its last beat at the earliest.
    A code (high, low) is w + 1, so the decoder is `positive = high`, `negative = ~(high ^ low)`,
    and the illegal code 3 is the one that sets both.

    Parameters
    ----------
    config : L, C, W, B and T are used.

    Members
    -------
    start, command : In
        As in `FoldCounter`.
    weights : In(stream.Signature(W))
        The tiles, one for each fold, B beats each.
    positive, negative : Out(C).array(L)
        Weight planes of the active tile.
    active : Out(1)
        There is an active tile.
    retire : In(1)
        The active tile is used for the last time in this cycle; only while `active`.
    illegal : Out(1)
        The active tile has an illegal code.
    """

    start: Signal
    command: data.View
    weights: stream.Interface
    positive: list[Signal]
    negative: list[Signal]
    active: Signal
    retire: Signal
    illegal: Signal

    def __init__(self, *, config: ArrayConfig) -> None:
        self.config = config
        super().__init__(
            {
                "start": In(1),
                "command": In(COMMAND_LAYOUT),
                "weights": In(stream.Signature(config.weight_bus_bits)),
                "positive": Out(config.columns).array(config.lanes),
                "negative": Out(config.columns).array(config.lanes),
                "active": Out(1),
                "retire": In(1),
                "illegal": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the shadow bank, the decoder with the active bank, and the swap."""
        m = Module()
        m.submodules.folds = folds = FoldCounter(config=self.config)
        bus, tile_bits = self.config.weight_bus_bits, self.config.tile_bits
        shadow = [
            Signal(min(bus, tile_bits - start), name=f"shadow{i}", reset_less=True)
            for i, start in enumerate(range(0, tile_bits, bus))
        ]
        positive, negative = (
            [Signal.like(plane, name=f"{sign}{k}", reset_less=True) for k, plane in enumerate(bank)]
            for sign, bank in (("positive", self.positive), ("negative", self.negative))
        )
        beat = Signal(range(len(shadow)))
        full = Signal()
        swap = Signal()
        accept = Signal()
        complete = Signal()
        m.d.comb += [to.eq(of) for to, of in zip(self.positive, positive, strict=True)]
        m.d.comb += [to.eq(of) for to, of in zip(self.negative, negative, strict=True)]
        m.d.comb += [
            folds.start.eq(self.start),
            folds.command.eq(self.command),
            folds.advance.eq(complete),
            swap.eq(full & (~self.active | self.retire)),
            self.weights.ready.eq(folds.running & (~full | swap)),
            accept.eq(self.weights.valid & self.weights.ready),
            complete.eq(accept & (beat == len(shadow) - 1)),
            self.illegal.eq(self.active & reduce(or_, map(and_, positive, negative)).any()),
        ]

        with m.If(accept):
            m.d.sync += beat.eq(beat + 1)
            with m.Switch(beat):
                for i, register in enumerate(shadow):
                    with m.Case(i):
                        m.d.sync += register.eq(self.weights.payload)
        with m.If(complete):
            m.d.sync += [beat.eq(0), full.eq(1)]
        with m.Elif(swap):
            m.d.sync += full.eq(0)

        tile = Cat(shadow)
        with m.If(swap):
            m.d.sync += self.active.eq(1)
            for k in range(self.config.lanes):
                low, high = (tile.word_select(2 * k + i, self.config.columns) for i in range(2))
                m.d.sync += [positive[k].eq(high), negative[k].eq(~(high ^ low))]
        with m.Elif(self.retire):
            m.d.sync += self.active.eq(0)
        return m
