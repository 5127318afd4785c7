"""The intake of activations: one input register, and what each beat means to the rest of the array."""

from amaranth.hdl import Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from rtl.compressor import ACTIVATION_BITS
from rtl.config import ArrayConfig
from rtl.sequencer import COMMAND_LAYOUT, FoldCounter


def tag_layout(config: ArrayConfig) -> data.StructLayout:
    """Return the layout of the tag that follows a beat through the array.

    `token` is the place of its partial sums; `first` starts them, `last` completes them (first and
    last lane tile); `retire` marks the last token of a fold, after which the tile is not needed.
    """
    return data.StructLayout(
        {"token": ceil_log2(config.token_depth), "first": 1, "last": 1, "retire": 1}
    )


class ActivationIntake(wiring.Component):
    """Register of one activation beat and its tag.

    Latency one cycle, a beat a cycle. Takes exactly the beats of the matmul.

    Parameters
    ----------
    config : L and T are used.

    Members
    -------
    start, command : In
        As in `FoldCounter`.
    activations : In(stream.Signature(8 L))
        The beats of the loop nest, lane 0 in the low byte.
    lanes : Out(8).array(L)
        The registered beat. It stays when issued, so that idle cycles toggle nothing.
    tag : Out(tag_layout(config))
        Its tag.
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
    tag: data.View
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
                "tag": Out(tag_layout(config)),
                "valid": Out(1),
                "issue": In(1),
                "pending": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the register, the token counter and the fold counter."""
        m = Module()
        m.submodules.folds = folds = FoldCounter(config=self.config)
        token = Signal(range(self.config.token_depth))
        retire = Signal()
        accept = Signal()
        m.d.comb += [
            folds.start.eq(self.start),
            folds.command.eq(self.command),
            folds.advance.eq(accept & retire),
            retire.eq((token == self.config.token_depth - 1) | (token + 1 == folds.tokens)),
            self.activations.ready.eq(folds.running & (~self.valid | self.issue)),
            accept.eq(self.activations.valid & self.activations.ready),
            self.pending.eq(folds.running | self.valid),
        ]
        with m.If(accept):
            m.d.sync += [
                lane.eq(self.activations.payload.word_select(k, ACTIVATION_BITS))
                for k, lane in enumerate(self.lanes)
            ]
            m.d.sync += [
                self.tag.token.eq(token),
                self.tag.first.eq(folds.first),
                self.tag.last.eq(folds.last),
                self.tag.retire.eq(retire),
                self.valid.eq(1),
                token.eq(token + 1),
            ]
            with m.If(retire):
                m.d.sync += token.eq(0)
        with m.Elif(self.issue):
            m.d.sync += self.valid.eq(0)
        return m
