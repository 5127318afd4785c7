"""The core of the style `tree`: weights held, tokens streamed, a compressor tree a column."""

from functools import reduce
from operator import add

from amaranth.hdl import Cat, Const, Module, Signal, Value

from rtl.held import HeldTileCore, add_active_tile
from rtl.intake import ActivationIntake
from rtl.loader import WeightLoader
from rtl.tree.accumulator import Accumulator, bias_width
from rtl.tree.dot import DotProduct


class TreeCore(HeldTileCore):
    """A compressor tree behind every column, which the accumulator's adder ends."""

    def add_datapath(
        self, m: Module, loader: WeightLoader, intake: ActivationIntake
    ) -> Accumulator:
        """Add the active tile, the trees and their accumulator."""
        m.submodules.dot = dot = DotProduct(config=self.config)
        m.submodules.accumulator = accumulator = Accumulator(config=self.config)
        positive, negative = add_active_tile(m, loader)
        for source, sink in (
            (intake.lanes, dot.lanes),
            (positive, dot.positive),
            (negative, dot.negative),
            (dot.rows, accumulator.rows),
        ):
            m.d.comb += [to.eq(of) for to, of in zip(sink, source, strict=True)]
        bias = Signal(bias_width(self.config), reset_less=True)
        m.d.sync += bias.eq(self._bias())
        m.d.comb += accumulator.bias.eq(bias)
        return accumulator

    def _bias(self) -> Value:
        # The trees exceed the sums by 128 L Kt. L Kt is added up from shifted Kt - 1: no product.
        lanes, width = self.config.lanes, bias_width(self.config)
        shifts = [shift for shift in range(lanes.bit_length()) if lanes >> shift & 1]
        last = self.nest.last_lane_tile
        return -reduce(add, (Cat(Const(0, shift), last)[:width] for shift in shifts), Const(lanes))
