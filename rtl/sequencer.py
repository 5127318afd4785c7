"""The order of work: the loop nest over blocks of tokens, strips of tiles and lane tiles."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from rtl.config import ArrayConfig

#: Payload of the command stream: the shape of a matmul in tokens and whole tiles, each at least 1.
COMMAND_LAYOUT = data.StructLayout({"tokens": 16, "column_tiles": 16, "lane_tiles": 16})

#: The same, each less one, then whether all are one block of tokens, one strip, one lane tile.
NEST_LAYOUT = data.StructLayout(
    {"last_token": 16, "last_column_tile": 16, "last_lane_tile": 16}
    | {"one_block": 1, "one_strip": 1, "one_tile": 1}
)


def register_nest(m: Module, nest: data.View, command: data.View, config: ArrayConfig) -> None:
    """Let the register `nest`, of `NEST_LAYOUT`, take over a command."""
    m.d.sync += [
        nest.last_token.eq(command.tokens - 1),
        nest.last_column_tile.eq(command.column_tiles - 1),
        nest.last_lane_tile.eq(command.lane_tiles - 1),
        nest.one_block.eq(command.tokens <= config.token_depth),
        nest.one_strip.eq(command.column_tiles <= config.strip_depth),
        nest.one_tile.eq(command.lane_tiles <= 1),
    ]


class ChunkCounter(wiring.Component):
    """One loop: items in chunks of S, the last one shorter, and from the first one again.

    After a reset a step gives the first chunk. What is told of a chunk comes from registers that
    were computed a chunk ahead: comparisons would be an FPGA's longest paths.

    Parameters
    ----------
    chunk : S, 1 to 65535.

    Members
    -------
    last_index : In(16)
        Items less one; changes only while the next step is to give the first chunk.
    one : In(1)
        All are one chunk.
    step : In(1)
        Go on to the next chunk.
    last : Out(1)
        This chunk is the last one.
    next_last : Out(1)
        The one after a step is.
    last_item, next_last_item : Out(range(S))
        The last item of this chunk, and of the one after a step, counted from 0.
    """

    last_index: Signal
    one: Signal
    step: Signal
    last: Signal
    next_last: Signal
    last_item: Signal
    next_last_item: Signal

    def __init__(self, *, chunk: int) -> None:
        self.chunk = chunk
        super().__init__(
            {
                "last_index": In(16),
                "one": In(1),
                "step": In(1),
                "last": Out(1),
                "next_last": Out(1),
                "last_item": Out(range(chunk)),
                "next_last_item": Out(range(chunk)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the count of what is behind the next chunk, and the flags of both."""
        m = Module()
        chunk = self.chunk
        ahead = Signal(signed(18), reset_less=True)  # items behind the next chunk, less one
        last = Signal(init=1)
        m.d.comb += [
            self.last.eq(last),
            self.next_last.eq(Mux(last, self.one, ahead[-1])),
        ]
        with m.If(self.step):
            m.d.sync += [
                last.eq(self.next_last),
                ahead.eq(Mux(self.last, self.last_index, ahead) - Mux(self.last, 2 * chunk, chunk)),
            ]
        if chunk > 1:
            self._add_last_item(m, ahead)
        return m

    def _add_last_item(self, m: Module, ahead: Signal) -> None:
        chunk = self.chunk
        last_item = Signal.like(self.last_item, reset_less=True)
        rest = Mux(self.last, self.last_index, ahead + chunk)
        m.d.comb += [
            self.last_item.eq(last_item),
            self.next_last_item.eq(Mux(self.next_last, rest, chunk - 1)),
        ]
        with m.If(self.step):
            m.d.sync += last_item.eq(self.next_last_item)


class FoldCounter(wiring.Component):
    """Position in the nest `for block: for strip: for k in lane tiles`.

    The first fold is shown from the second cycle after `start`, each next one in the cycle after
    `advance`.

    Parameters
    ----------
    config : T and D are used.

    Members
    -------
    start : In(1)
        Begin a nest in the next cycle.
    nest : In(NEST_LAYOUT)
        Its shape; steady from the cycle after `start` on.
    advance : In(1)
        Go to the next fold; not in the two cycles from `start` on, and only while `running`.
    running : Out(1)
        Folds are left, from the cycle after `start`. The members below are valid while it is high,
        but in the first cycle.
    first_tile : Out(1)
        The fold starts the sums of its strip (first lane tile).
    last_tile, next_last_tile : Out(1)
        The fold completes them (last lane tile), or the next one does.
    last_fold, next_last_fold : Out(1)
        The fold is the matmul's last, or the next one is.
    block_end, next_block_end : Out(range(T))
        Last token of the block, or of the next fold's, counted from 0.
    strip_end, next_strip_end : Out(range(D))
        Last column tile of the strip, or of the next fold's, counted from 0.
    """

    start: Signal
    nest: data.View
    advance: Signal
    running: Signal
    first_tile: Signal
    last_tile: Signal
    next_last_tile: Signal
    last_fold: Signal
    next_last_fold: Signal
    block_end: Signal
    next_block_end: Signal
    strip_end: Signal
    next_strip_end: Signal

    def __init__(self, *, config: ArrayConfig) -> None:
        self.config = config
        super().__init__(
            {
                "start": In(1),
                "nest": In(NEST_LAYOUT),
                "advance": In(1),
                "running": Out(1),
                "first_tile": Out(1),
                "last_tile": Out(1),
                "next_last_tile": Out(1),
                "last_fold": Out(1, init=1),  # type: ignore[call-arg]  # not in the stubs
                "next_last_fold": Out(1),
                "block_end": Out(range(config.token_depth)),
                "next_block_end": Out(range(config.token_depth)),
                "strip_end": Out(range(config.strip_depth)),
                "next_strip_end": Out(range(config.strip_depth)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the three loops; after the last fold they stay, and a start steps them all."""
        m = Module()
        m.submodules.blocks = blocks = ChunkCounter(chunk=self.config.token_depth)
        m.submodules.strips = strips = ChunkCounter(chunk=self.config.strip_depth)
        m.submodules.lanes = lanes = ChunkCounter(chunk=1)
        begun = Signal()
        step = Signal()
        ends_block = lanes.last & strips.last
        m.d.sync += begun.eq(self.start)
        m.d.comb += [
            blocks.last_index.eq(self.nest.last_token),
            blocks.one.eq(self.nest.one_block),
            strips.last_index.eq(self.nest.last_column_tile),
            strips.one.eq(self.nest.one_strip),
            lanes.last_index.eq(self.nest.last_lane_tile),
            lanes.one.eq(self.nest.one_tile),
            step.eq(begun | (self.advance & ~self.last_fold)),
            lanes.step.eq(step),
            strips.step.eq(step & lanes.last),
            blocks.step.eq(step & ends_block),
            self.last_tile.eq(lanes.last),
            self.next_last_tile.eq(lanes.next_last),
            self.next_last_fold.eq(
                lanes.next_last
                & Mux(lanes.last, strips.next_last, strips.last)
                & Mux(ends_block, blocks.next_last, blocks.last)
            ),
            self.block_end.eq(blocks.last_item),
            self.next_block_end.eq(Mux(ends_block, blocks.next_last_item, blocks.last_item)),
            self.strip_end.eq(strips.last_item),
            self.next_strip_end.eq(Mux(lanes.last, strips.next_last_item, strips.last_item)),
        ]
        with m.If(step):
            m.d.sync += [
                self.first_tile.eq(lanes.last),
                self.last_fold.eq(self.next_last_fold),
            ]
        with m.If(self.start):
            m.d.sync += self.running.eq(1)
        with m.Elif(self.advance & self.last_fold):
            m.d.sync += self.running.eq(0)
        return m
