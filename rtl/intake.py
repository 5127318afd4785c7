"""The intake of activations: one input register, and the place of its beat in the loop nest."""

from amaranth.hdl import Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from rtl.config import ACTIVATION_BITS, ArrayConfig
from rtl.sequencer import COMMAND_LAYOUT, FoldCounter


class ActivationIntake(wiring.Component):
    """Register of one activation beat, with its place in the loop nest.

    Latency one cycle, a beat a cycle. Takes exactly the beats of the matmul.

    Parameters
    ----------
    config : L, T and D are used.

    Members
    -------
    start, command : In
        As in `FoldCounter`.
    activations : In(stream.Signature(8 L))
        The beats of the loop nest, lane 0 in the low byte.
    lanes : Out(8).array(L)
        The registered beat. It stays when issued, so that idle cycles toggle nothing.
    token : Out(ceil_log2(T))
        The place of its partial sums: the token within the block.
    tiles : Out(range(D + 1))
        Column tiles of its strip.
    first, last : Out(1)
        It starts the sums of its strip (first lane tile), or completes them (last one).
    ends_fold : Out(1)
        It is the last of its fold, after which the tiles are not needed.
    valid : Out(1)
        The beat waits to be issued.
    issue : In(1)
        It is issued in this cycle; only while `valid`.
    pending : Out(1)
        Beats of the matmul are yet to be issued.
    """

    start: Signal
    command: data.View
    activations: stream.Interface
    lanes: list[Signal]
    token: Signal
    tiles: Signal
    first: Signal
    last: Signal
    ends_fold: Signal
    valid: Signal
    issue: Signal
    pending: Signal

    def __init__(self, *, config: ArrayConfig) -> None:
        self.config = config
        super().__init__(
            {
                "start": In(1),
                "command": In(COMMAND_LAYOUT),
                "activations": In(stream.Signature(ACTIVATION_BITS * config.lanes)),
                "lanes": Out(ACTIVATION_BITS).array(config.lanes),
                "token": Out(ceil_log2(config.token_depth)),
                "tiles": Out(range(config.strip_depth + 1)),
                "first": Out(1),
                "last": Out(1),
                "ends_fold": Out(1),
                "valid": Out(1),
                "issue": In(1),
                "pending": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the register, the token counter and the fold counter."""
        m = Module()
        m.submodules.folds = folds = FoldCounter(config=self.config)
        lanes = [
            Signal(ACTIVATION_BITS, name=f"lane{k}", reset_less=True)
            for k in range(self.config.lanes)
        ]
        place = Signal.like(self.token)  # of the next beat
        last_place = Signal()
        accept = Signal()
        m.d.comb += [to.eq(of) for to, of in zip(self.lanes, lanes, strict=True)]
        m.d.comb += [
            folds.start.eq(self.start),
            folds.command.eq(self.command),
            folds.advance.eq(accept & last_place),
            last_place.eq((place == self.config.token_depth - 1) | (place + 1 == folds.tokens)),
            self.activations.ready.eq(folds.running & (~self.valid | self.issue)),
            accept.eq(self.activations.valid & self.activations.ready),
            self.pending.eq(folds.running | self.valid),
        ]
        with m.If(accept):
            m.d.sync += [
                lane.eq(self.activations.payload.word_select(k, ACTIVATION_BITS))
                for k, lane in enumerate(lanes)
            ]
            m.d.sync += [
                self.token.eq(place),
                self.tiles.eq(folds.tiles),
                self.first.eq(folds.first_tile),
                self.last.eq(folds.last_tile),
                self.ends_fold.eq(last_place),
                self.valid.eq(1),
                place.eq(place + 1),
            ]
            with m.If(last_place):
                m.d.sync += place.eq(0)
        with m.Elif(self.issue):
            m.d.sync += self.valid.eq(0)
        return m
