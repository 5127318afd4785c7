"""Packets: which beat of a stream is a matmul's last."""

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from rtl.config import ArrayConfig
from rtl.sequencer import NEST_LAYOUT, FoldCounter


class PacketCounter(wiring.Component):
    """Counts the beats of a matmul on one stream, without a product: in the order of its loops.

    Parameters
    ----------
    config : B, T and D are used.
    stream : "weights", "activations" or "results".

    Members
    -------
    start, nest : In
        As in `FoldCounter`.
    transfer : In(1)
        A beat of the matmul is transferred in this cycle, the second after `start` or later.
    last : Out(1)
        The next beat to be transferred is the matmul's last.
    """

    start: Signal
    nest: data.View
    transfer: Signal
    last: Signal

    def __init__(self, *, config: ArrayConfig, stream: str) -> None:
        self.config = config
        self.stream = stream
        super().__init__(
            {
                "start": In(1),
                "nest": In(NEST_LAYOUT),
                "transfer": In(1),
                "last": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the loops inside a fold, innermost first, and the fold counter around them."""
        m = Module()
        m.submodules.folds = folds = FoldCounter(config=self.config)
        m.d.comb += [folds.start.eq(self.start), folds.nest.eq(self.nest)]
        if self.stream == "results":  # one for all lane tiles of a strip
            m.d.comb += [folds.nest.last_lane_tile.eq(0), folds.nest.one_tile.eq(1)]
        beats = self.config.beats_per_tile
        sizes: dict[str, tuple[int, Value]] = {
            "beat": (beats, Value.cast(beats - 1)),
            "tile": (self.config.strip_depth, folds.strip_end),
            "token": (self.config.token_depth, folds.block_end),
        }
        loops = {
            "weights": ("beat", "tile"),
            "activations": ("token",),
            "results": ("tile", "token"),
        }
        step: Value = self.transfer  # the loop inside comes to its end
        ends: Value = folds.last_fold
        for name in loops[self.stream]:
            most, end = sizes[name]
            place = Signal(range(most), name=name)
            last = Signal(name=f"last_{name}")
            m.d.comb += last.eq(place == end)
            with m.If(step):
                m.d.sync += place.eq(Mux(last, 0, place + 1))
            step, ends = step & last, ends & last
        m.d.comb += [folds.advance.eq(step), self.last.eq(ends)]
        return m
