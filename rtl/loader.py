"""The weight loader: packed codes into a shadow bank, decoded planes out of the active one."""

from collections.abc import Iterator
from functools import reduce
from operator import or_

from amaranth.hdl import Cat, Module, Signal, Value
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
        beats = self.config.beats_per_tile
        shadow = [Signal(width, name=f"shadow{i}", reset_less=True) for i, width in self._beats()]
        beat = Signal(range(beats))
        full = Signal()
        swap = Signal()
        accept = Signal()
        complete = Signal()
        m.d.comb += [
            folds.start.eq(self.start),
            folds.command.eq(self.command),
            folds.advance.eq(complete),
            swap.eq(full & (~self.active | self.retire)),
            self.weights.ready.eq(folds.running & (~full | swap)),
            accept.eq(self.weights.valid & self.weights.ready),
            complete.eq(accept & (beat == beats - 1)),
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

        with m.If(swap):
            m.d.sync += self.active.eq(1)
            for k, (low, high) in enumerate(self._codes(shadow)):
                m.d.sync += [self.positive[k].eq(high), self.negative[k].eq(~(high ^ low))]
        with m.Elif(self.retire):
            m.d.sync += self.active.eq(0)
        both = [pos & neg for pos, neg in zip(self.positive, self.negative, strict=True)]
        m.d.comb += self.illegal.eq(self.active & reduce(or_, both).any())
        return m

    def _beats(self) -> Iterator[tuple[int, int]]:
        # Width of each beat's part of the tile; only the last may be shorter than the bus.
        left = self.config.tile_bits
        for i in range(self.config.beats_per_tile):
            yield i, min(left, self.config.weight_bus_bits)
            left -= self.config.weight_bus_bits

    def _codes(self, shadow: list[Signal]) -> Iterator[tuple[Value, Value]]:
        tile = Cat(shadow)
        for k in range(self.config.lanes):
            yield (
                tile.word_select(2 * k, self.config.columns),
                tile.word_select(2 * k + 1, self.config.columns),
            )
