"""The weight loader: beats of codes in, the decoded tile out of a bank that fills meanwhile."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.config import ArrayConfig
from rtl.decoder import CodeDecoder


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
    start : In(1)
        A matmul begins in the next cycle.
    pending, last_fold, next_last_fold : In(1)
        A fold is to be worked on, that of the active tile if there is one; it is the matmul's last,
        or the one before.
    weights : In(stream.Signature(W))
        The tiles, one for each fold, B beats each.
    tile_positive, tile_negative : Out(C).array(L)
        Weight planes of the tile in the shadow bank: bit c of plane k is set where the weight of
        lane k in column c is +1, or -1. Valid in the cycle of the swap and the delta next ones.
    swap : Out(1)
        The tile is complete, and the active one from the next cycle on.
    active : Out(1)
        There is an active tile.
    next_active : Out(1)
        There is one in the next cycle.
    retire : In(1)
        The active tile is used for the last time in this cycle; only while `active`.
    illegal : Out(1)
        The beat transferred in this cycle has an illegal code.
    """

    start: Signal
    pending: Signal
    last_fold: Signal
    next_last_fold: Signal
    weights: stream.Interface
    tile_positive: list[Signal]
    tile_negative: list[Signal]
    swap: Signal
    active: Signal
    next_active: Signal
    retire: Signal
    illegal: Signal

    def __init__(self, *, config: ArrayConfig) -> None:
        self.config = config
        super().__init__(
            {
                "start": In(1),
                "pending": In(1),
                "last_fold": In(1),
                "next_last_fold": In(1),
                "weights": In(stream.Signature(config.weight_bus_bits)),
                "tile_positive": Out(config.columns).array(config.lanes),
                "tile_negative": Out(config.columns).array(config.lanes),
                "swap": Out(1),
                "active": Out(1),
                "next_active": Out(1),
                "retire": In(1),
                "illegal": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the decoder, the bank with its places in the beats, the state and the hold."""
        m = Module()
        m.submodules.decoder = decoder = CodeDecoder(config=self.config)
        beats, codes = self.config.beats_per_tile, self.config.codes_per_beat
        banks = [
            (decoder.positive, self._add_bank(m, "positive", self.tile_positive)),
            (decoder.negative, self._add_bank(m, "negative", self.tile_negative)),
        ]
        places = Signal(beats, init=1, name="beat")  # one-hot: the number of the beat to come
        full = Signal()
        accept = Signal()
        complete = Signal()
        last_beat = places[-1]
        more = self._add_more(m, full, complete)
        room = ~full & self._add_hold(m) if self.config.hold_cycles else ~full | self.swap
        m.d.comb += [
            decoder.payload.eq(self.weights.payload),
            self.swap.eq(full & (~self.active | self.retire)),
            self.weights.ready.eq(more & room),
            accept.eq(self.weights.valid & self.weights.ready),
            complete.eq(accept & last_beat),
        ]
        used = self.config.codes_per_tile - (beats - 1) * codes  # of the last beat
        illegal: Value = decoder.illegal_codes[:used].any()
        if used < codes:
            illegal |= decoder.illegal_codes[used:].any() & ~last_beat
        m.d.comb += self.illegal.eq(accept & illegal)

        with m.If(accept):
            m.d.sync += places.eq(places.rotate_left(1))
        for number, place in enumerate(places):
            with m.If(accept & place):
                for decoded, bank in banks:
                    parts = (parts[number] for parts in bank)
                    m.d.sync += [to.eq(of) for to, of in zip(parts, decoded, strict=True)]
        with m.If(complete):
            m.d.sync += full.eq(1)
        with m.Elif(self.swap):
            m.d.sync += full.eq(0)
        m.d.comb += self.next_active.eq(full | (self.active & ~self.retire))
        m.d.sync += self.active.eq(self.next_active)
        return m

    def _add_bank(self, m: Module, sign: str, tile: list[Signal]) -> list[list[Signal]]:
        """Add registers as the beats fill them, and give their bits to the tile's lanes.

        Return, for each lane of a code, the beats' registers; one copy of a wide word each is what
        a simulator does fastest.
        """
        count, columns = self.config.codes_per_tile, self.config.columns
        beats = range(0, count, self.config.codes_per_beat)
        bank = [
            [
                Signal(
                    min(self.config.codes_per_beat, count - first),
                    name=f"{sign}{trit}_beat{number}",
                    reset_less=True,
                )
                for number, first in enumerate(beats)
            ]
            for trit in range(self.config.code_lanes)
        ]
        planes = [Cat(parts) for parts in bank]
        for lane, plane in enumerate(tile):
            row, trit = divmod(lane, self.config.code_lanes)
            m.d.comb += plane.eq(planes[trit].word_select(row, columns))
        return bank

    def _add_more(self, m: Module, full: Signal, complete: Signal) -> Signal:
        """Add whether there are more folds than those whose tiles are here."""
        more = Signal()
        beats = self.config.beats_per_tile
        if beats == 1:
            behind = Mux(full, ~self.last_fold, self.pending)
            ahead = ~self.last_fold & ~(full & self.next_last_fold)
            m.d.comb += more.eq(Mux(self.active, ahead, behind))
            return more
        next_last_fold: Value = self.next_last_fold
        if beats > 2:  # the active tile is that of the cycle before when a tile is complete
            next_last_fold = Signal(name="next_last_fold_before", reset_less=True)
            m.d.sync += next_last_fold.eq(self.next_last_fold)
        # A tile that comes changes it, one that goes does not: its fold goes too.
        with m.If(complete):
            m.d.sync += more.eq(~self.last_fold & ~(self.active & next_last_fold))
        with m.If(self.start):
            m.d.sync += more.eq(1)
        return more

    def _add_hold(self, m: Module) -> Value:
        """Add the wait for those who copy late; return whether it is over."""
        cycles = self.config.hold_cycles
        waits = Signal(name="hold")
        left = Signal(range(cycles), name="hold_left", reset_less=True)
        with m.If(self.swap):
            m.d.sync += [waits.eq(cycles > 1), left.eq(cycles - 1)]
        with m.Elif(waits):
            m.d.sync += [waits.eq(left != 1), left.eq(left - 1)]
        return ~waits
