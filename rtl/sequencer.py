"""The order of work: the loop nest over blocks of tokens, strips of tiles and lane tiles."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from rtl.config import ArrayConfig

#: Payload of the command stream: the shape of a matmul in tokens and whole tiles, each at least 1.
COMMAND_LAYOUT = data.StructLayout({"tokens": 16, "column_tiles": 16, "lane_tiles": 16})


class FoldCounter(wiring.Component):
    """Position in the nest `for block: for strip: for k in lane tiles`.

    The first fold is shown in the cycle after `start`, each next one in the cycle after `advance`.

    Parameters
    ----------
    config : T and D are used.

    Members
    -------
    start : In(1)
        Begin the nest of `command`.
    command : In(COMMAND_LAYOUT)
        Shape of the matmul; read in the cycle of `start`.
    advance : In(1)
        Go to the next fold; only while `running`.
    running : Out(1)
        Folds are left. The members below are valid while it is high.
    tokens : Out(16)
        Tokens of this block and all later ones.
    tiles : Out(range(D + 1))
        Column tiles of this strip.
    first_tile : Out(1)
        The fold starts the sums of its strip (first lane tile).
    last_tile : Out(1)
        The fold completes them (last lane tile).
    last_fold : Out(1)
        The fold is the matmul's last.
    """

    start: Signal
    command: data.View
    advance: Signal
    running: Signal
    tokens: Signal
    tiles: Signal
    first_tile: Signal
    last_tile: Signal
    last_fold: Signal

    def __init__(self, *, config: ArrayConfig) -> None:
        self.config = config
        super().__init__(
            {
                "start": In(1),
                "command": In(COMMAND_LAYOUT),
                "advance": In(1),
                "running": Out(1),
                "tokens": Out(16),
                "tiles": Out(range(config.strip_depth + 1)),
                "first_tile": Out(1),
                "last_tile": Out(1),
                "last_fold": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build one down-counter for each loop."""
        m = Module()
        column_tiles = Signal(16, reset_less=True)
        lane_tiles = Signal(16, reset_less=True)
        columns_left = Signal(16, reset_less=True)
        lanes_left = Signal(16, reset_less=True)
        last_strip = Signal()
        last_block = Signal()
        depth = self.config.strip_depth
        m.d.comb += [
            self.first_tile.eq(lanes_left == lane_tiles),
            self.last_tile.eq(lanes_left == 1),
            last_strip.eq(columns_left <= depth if depth > 1 else columns_left == 1),
            last_block.eq(self.tokens <= self.config.token_depth),
            self.last_fold.eq(self.last_tile & last_strip & last_block),
            self.tiles.eq(Mux(last_strip, columns_left, depth) if depth > 1 else 1),
        ]
        with m.If(self.start):
            m.d.sync += [
                column_tiles.eq(self.command.column_tiles),
                lane_tiles.eq(self.command.lane_tiles),
                self.running.eq(1),
                self.tokens.eq(self.command.tokens),
                columns_left.eq(self.command.column_tiles),
                lanes_left.eq(self.command.lane_tiles),
            ]
        with m.Elif(self.advance):
            m.d.sync += lanes_left.eq(lanes_left - 1)
            with m.If(self.last_tile):
                m.d.sync += [lanes_left.eq(lane_tiles), columns_left.eq(columns_left - depth)]
                with m.If(last_strip):
                    m.d.sync += [
                        columns_left.eq(column_tiles),
                        self.tokens.eq(self.tokens - self.config.token_depth),
                        self.running.eq(~last_block),
                    ]
        return m
