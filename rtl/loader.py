"""The weight loader: beats of codes in, the decoded tile out of a bank that fills meanwhile."""

from collections.abc import Iterator

from amaranth.hdl import Const, Module, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.config import ArrayConfig
from rtl.decoder import CodeDecoder
from rtl.sequencer import COMMAND_LAYOUT, FoldCounter


class WeightLoader(wiring.Component):
    """The shadow bank of a tile's weights, decoded as they come, and when it may be copied.

    A tile takes B beats; the cycle of its swap is the first one after its last beat at the
    earliest. Whatever holds the weights in use copies the tile in that cycle, or in one of the
    delta next ones; it stays unchanged for them.

    Parameters
    ----------
    config : L, C, W, T, the packing and delta are used; D is 1.

    Members
    -------
    start, command : In
        As in `FoldCounter`.
    weights : In(stream.Signature(W))
        The tiles, one for each fold, B beats each.
    tile_positive, tile_negative : Out(C).array(L)
        Weight planes of the tile in the shadow bank: bit c of plane k is set where the weight of
        lane k in column c is +1, or -1. Valid in the cycle of the swap and the delta next ones.
    swap : Out(1)
        The tile is complete, and the active one from the next cycle on.
    active : Out(1)
        There is an active tile.
    retire : In(1)
        The active tile is used for the last time in this cycle; only while `active`.
    illegal : Out(1)
        The beat transferred in this cycle has an illegal code.
    """

    start: Signal
    command: data.View
    weights: stream.Interface
    tile_positive: list[Signal]
    tile_negative: list[Signal]
    swap: Signal
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
                "tile_positive": Out(config.columns).array(config.lanes),
                "tile_negative": Out(config.columns).array(config.lanes),
                "swap": Out(1),
                "active": Out(1),
                "retire": In(1),
                "illegal": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the decoder, the bank with its places in the beats, the state and the hold."""
        m = Module()
        m.submodules.folds = folds = FoldCounter(config=self.config)
        m.submodules.decoder = decoder = CodeDecoder(config=self.config)
        positive, negative = (
            [Signal.like(plane, name=f"{sign}{k}", reset_less=True) for k, plane in enumerate(bank)]
            for sign, bank in (("positive", self.tile_positive), ("negative", self.tile_negative))
        )
        m.d.comb += [to.eq(of) for to, of in zip(self.tile_positive, positive, strict=True)]
        m.d.comb += [to.eq(of) for to, of in zip(self.tile_negative, negative, strict=True)]
        beats, codes = self.config.beats_per_tile, self.config.codes_per_beat
        beat = Signal(range(beats))
        full = Signal()
        accept = Signal()
        complete = Signal()
        last_beat = beat == beats - 1
        m.d.comb += [
            decoder.payload.eq(self.weights.payload),
            folds.start.eq(self.start),
            folds.command.eq(self.command),
            folds.advance.eq(complete),
            self.swap.eq(full & (~self.active | self.retire)),
            self.weights.ready.eq(folds.running & (~full | self.swap) & self._add_hold(m)),
            accept.eq(self.weights.valid & self.weights.ready),
            complete.eq(accept & last_beat),
        ]
        used = self.config.codes_per_tile - (beats - 1) * codes  # of the last beat
        illegal: Value = decoder.illegal_codes[:used].any()
        if used < codes:
            illegal |= decoder.illegal_codes[used:].any() & ~last_beat
        m.d.comb += self.illegal.eq(accept & illegal)

        with m.If(accept):
            m.d.sync += beat.eq(beat + 1)
            with m.Switch(beat):
                for number in range(beats):
                    with m.Case(number):
                        for lane, trit, bits, places in self._locate(number):
                            m.d.sync += [
                                positive[lane][bits].eq(decoder.positive[trit][places]),
                                negative[lane][bits].eq(decoder.negative[trit][places]),
                            ]
        with m.If(complete):
            m.d.sync += [beat.eq(0), full.eq(1)]
        with m.Elif(self.swap):
            m.d.sync += full.eq(0)
        with m.If(self.swap):
            m.d.sync += self.active.eq(1)
        with m.Elif(self.retire):
            m.d.sync += self.active.eq(0)
        return m

    def _locate(self, beat: int) -> Iterator[tuple[int, int, slice, slice]]:
        """Yield what a beat holds: a lane, its place in a code, its columns, and their codes."""
        codes, columns = self.config.codes_per_beat, self.config.columns
        first, end = beat * codes, min((beat + 1) * codes, self.config.codes_per_tile)
        for row in range(first // columns, -(-end // columns)):
            start = max(first, row * columns)
            stop = min(end, (row + 1) * columns)
            for trit in range(self.config.code_lanes):
                lane = row * self.config.code_lanes + trit
                if lane < self.config.lanes:
                    bits = slice(start - row * columns, stop - row * columns)
                    yield lane, trit, bits, slice(start - first, stop - first)

    def _add_hold(self, m: Module) -> Value:
        """Add the wait for those who copy late; return whether a beat may be taken."""
        cycles = self.config.hold_cycles
        if cycles == 0:
            return Const(1)
        hold = Signal(range(cycles))
        with m.If(self.swap):
            m.d.sync += hold.eq(cycles - 1)
        with m.Elif(hold != 0):
            m.d.sync += hold.eq(hold - 1)
        return ~self.swap & (hold == 0)
