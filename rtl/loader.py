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
    next_retire : In(1)
        If so, it is used for the last time in the next cycle.
    vacant : Out(1)
        There is no active tile, or it is used for the last time in this cycle.
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
    next_retire: Signal
    vacant: Signal
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
                "next_retire": In(1),
                "vacant": Out(1, init=1),  # type: ignore[call-arg]  # not in the stubs
                "illegal": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the decoder, the bank with its places in the beats, the state and the hold."""
        m = Module()
        m.submodules.decoder = decoder = CodeDecoder(config=self.config)
        beats, codes = self.config.beats_per_tile, self.config.codes_per_beat
        places = Signal(beats, init=1, name="beat")  # one-hot: the number of the beat to come
        full = Signal()
        accept = Signal()
        complete = Signal()
        last_beat = places[-1]
        more = self._add_more(m, full, complete)
        room = Signal()
        m.d.comb += [
            room.eq(~full & self._add_hold(m) if self.config.hold_cycles else ~full | self.swap),
            decoder.payload.eq(self.weights.payload),
            self.swap.eq(full & self.vacant),
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
        arrived = Signal(beats - 1)  # one-hot: the beat taken in the cycle before, but for the last
        m.d.sync += arrived.eq(Mux(accept, places[:-1], 0))
        for sign, decoded, tile in (
            ("positive", decoder.positive, self.tile_positive),
            ("negative", decoder.negative, self.tile_negative),
        ):
            self._add_bank(m, sign, decoded, room, arrived, tile)
        with m.If(complete):
            m.d.sync += full.eq(1)
        with m.Elif(self.swap):
            m.d.sync += full.eq(0)
        m.d.comb += self.next_active.eq(full | ~self.vacant)
        m.d.sync += [
            self.active.eq(self.next_active),
            self.vacant.eq(~self.next_active | self.next_retire),
        ]
        return m

    def _add_bank(
        self,
        m: Module,
        sign: str,
        decoded: list[Signal],
        room: Signal,
        arrived: Signal,
        tile: list[Signal],
    ) -> None:
        """Add registers as the beats fill them, and give their bits to the tile's lanes.

        Every beat is taken into the last one's registers, and all others go on from there: so
        whether a beat is taken, which is known late, leads to few registers. One copy of a wide
        word each is what a simulator does fastest.
        """
        count, columns = self.config.codes_per_tile, self.config.columns
        size = self.config.codes_per_beat
        planes = []
        for trit, plane in enumerate(decoded):
            latest = Signal(size, name=f"{sign}{trit}_latest", reset_less=True)
            with m.If(room):  # taken or not: what is not does not arrive
                m.d.sync += latest.eq(plane)
            parts = []
            for number, arrives in enumerate(arrived):
                part = Signal(size, name=f"{sign}{trit}_beat{number}", reset_less=True)
                with m.If(arrives):
                    m.d.sync += part.eq(latest)
                parts.append(part)
            planes.append(Cat(parts, latest)[:count])
        for lane, plane in enumerate(tile):
            row, trit = divmod(lane, self.config.code_lanes)
            m.d.comb += plane.eq(planes[trit].word_select(row, columns))

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
