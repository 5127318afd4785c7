"""The intake of activations: one input register, and the place of its beat in the loop nest."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from rtl.config import ACTIVATION_BITS, ArrayConfig
from rtl.sequencer import NEST_LAYOUT, FoldCounter


class ActivationIntake(wiring.Component):
    """Register of one activation beat, with its place in the loop nest.

    Latency one cycle, a beat a cycle. Takes exactly the beats of the matmul.

    Parameters
    ----------
    config : L, T and D are used.

    Members
    -------
    start, nest : In
        As in `FoldCounter`.
    activations : In(stream.Signature(8 L))
        The beats of the loop nest, lane 0 in the low byte.
    lanes : Out(8).array(L)
        The registered beat; while none waits, what the stream shows.
    token : Out(ceil_log2(T))
        The place of its partial sums: the token within the block.
    strip_end : Out(range(D))
        Last column tile of its strip, counted from 0.
    first, last : Out(1)
        It starts the sums of its strip (first lane tile), or completes them (last one).
    ends_fold : Out(1)
        It is the last of its fold, after which the tiles are not needed.
    valid : Out(1)
        The beat waits to be issued.
    next_last, next_ends_fold : Out(1)
        What these will be if a beat waits in the next cycle; `next_ends_fold` is low if none does.
    next_issue : In(1)
        A beat that waits in the next cycle is issued in that; not before the third one after
        `start`.
    issue : Out(1)
        It is issued in this cycle.
    pending : Out(1)
        Beats of the matmul are yet to be issued.
    last_fold, next_last_fold : Out(1)
        The beat waiting, or to come, is of the matmul's last fold, or of the one before it.
    """

    start: Signal
    nest: data.View
    activations: stream.Interface
    lanes: list[Signal]
    token: Signal
    strip_end: Signal
    first: Signal
    last: Signal
    ends_fold: Signal
    valid: Signal
    next_last: Signal
    next_ends_fold: Signal
    next_issue: Signal
    issue: Signal
    pending: Signal
    last_fold: Signal
    next_last_fold: Signal

    def __init__(self, *, config: ArrayConfig) -> None:
        self.config = config
        super().__init__(
            {
                "start": In(1),
                "nest": In(NEST_LAYOUT),
                "activations": In(stream.Signature(ACTIVATION_BITS * config.lanes)),
                "lanes": Out(ACTIVATION_BITS).array(config.lanes),
                "token": Out(ceil_log2(config.token_depth)),
                "strip_end": Out(range(config.strip_depth)),
                "first": Out(1),
                "last": Out(1),
                "ends_fold": Out(1),
                "valid": Out(1),
                "next_last": Out(1),
                "next_ends_fold": Out(1),
                "next_issue": In(1),
                "issue": Out(1),
                "pending": Out(1),
                "last_fold": Out(1),
                "next_last_fold": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the register, and the place of its beat or else of the one to come."""
        m = Module()
        m.submodules.folds = folds = FoldCounter(config=self.config)
        lanes = [
            Signal(ACTIVATION_BITS, name=f"lane{k}", reset_less=True)
            for k in range(self.config.lanes)
        ]
        advance = Signal()
        accept = Signal()
        next_valid = Signal()
        allowed = Signal()  # to be issued
        room = Signal(init=1)  # for the next beat: two registers, for all lanes hear of this one
        final_beat = Signal()  # the beat that waits is the matmul's last
        m.d.comb += [to.eq(of) for to, of in zip(self.lanes, lanes, strict=True)]
        m.d.comb += [
            self.issue.eq(self.valid & allowed),
            advance.eq(self.issue & self.ends_fold),
            folds.start.eq(self.start),
            folds.nest.eq(self.nest),
            folds.advance.eq(advance),
            self.strip_end.eq(folds.strip_end),
            self.first.eq(folds.first_tile),
            self.last.eq(folds.last_tile),
            self.next_last.eq(Mux(advance, folds.next_last_tile, folds.last_tile)),
            self.last_fold.eq(folds.last_fold),
            self.next_last_fold.eq(folds.next_last_fold),
            self.pending.eq(folds.running),
            self.activations.ready.eq(Mux(self.valid, self.issue & ~final_beat, folds.running)),
            accept.eq(self.activations.valid & self.activations.ready),
            next_valid.eq(accept | (self.valid & ~self.issue)),
        ]
        m.d.sync += [
            self.valid.eq(next_valid),
            allowed.eq(self.next_issue),
            room.eq(~next_valid | self.next_issue),
        ]
        with m.If(room):
            m.d.sync += [
                lane.eq(self.activations.payload.word_select(k, ACTIVATION_BITS))
                for k, lane in enumerate(lanes)
            ]
        ends_fold = self._add_place(m, folds, final_beat)
        m.d.comb += self.next_ends_fold.eq(next_valid & ends_fold)
        return m

    def _add_place(self, m: Module, folds: FoldCounter, final_beat: Signal) -> Signal:
        """Add the place of the beat that waits, or else of the one to come.

        Return whether that of the next cycle ends its fold.
        """
        begins = Signal(2)  # a matmul, in the cycle before or the one before that
        behind = Signal.like(self.token)  # beats of its fold
        single = folds.block_end == 0
        # Those of the cycle before: a fold ends in its first cycle only where the next one's are
        # known before it, in the last block or where blocks are all of one token.
        next_behind = Signal.like(self.token, reset_less=True)
        next_single = Signal(reset_less=True)
        then_ends_fold = Mux(self.ends_fold, next_single, behind == 1)  # the beat after this one
        next_ends_fold = Signal(name="coming_ends_fold")
        m.d.comb += next_ends_fold.eq(
            Mux(begins[1], single, Mux(self.issue, then_ends_fold, self.ends_fold))
        )
        m.d.sync += [
            begins.eq(Cat(self.start, begins)),
            self.ends_fold.eq(next_ends_fold),
            next_behind.eq(folds.next_block_end),
            next_single.eq(folds.next_block_end == 0),
        ]
        with m.If(self.issue):
            m.d.sync += [
                self.token.eq(Mux(self.ends_fold, 0, self.token + 1)),
                behind.eq(Mux(self.ends_fold, next_behind, behind - 1)),
                final_beat.eq(
                    then_ends_fold & Mux(self.ends_fold, folds.next_last_fold, folds.last_fold)
                ),
            ]
        with m.If(begins[1]):
            m.d.sync += [
                self.token.eq(0),
                behind.eq(folds.block_end),
                final_beat.eq(single & folds.last_fold),
            ]
        return next_ends_fold
