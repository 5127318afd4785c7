"""The core of the style `tree`: weights held, tokens streamed, a compressor tree a column."""

from functools import reduce
from operator import add

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib.wiring import connect, flipped

from rtl.core import Core
from rtl.intake import ActivationIntake
from rtl.loader import WeightLoader
from rtl.tree.accumulator import Accumulator, bias_width
from rtl.tree.dot import DotProduct


class TreeCore(Core):
    """L x C weights a cycle: the loader's tile times the intake's beat, to the accumulator.

    A beat issued in cycle t is added to the partial sums in cycle t + r + 1. Never stops between.
    """

    def elaborate(self, platform: object) -> Module:
        """Connect the components; issue is decided here."""
        m = Module()
        m.submodules.loader = loader = WeightLoader(config=self.config)
        m.submodules.intake = intake = ActivationIntake(config=self.config)
        m.submodules.dot = dot = DotProduct(config=self.config)
        m.submodules.accumulator = accumulator = Accumulator(config=self.config)
        connect(m, flipped(self.weights), loader.weights)
        connect(m, flipped(self.activations), intake.activations)

        bias = Signal(bias_width(self.config), reset_less=True)
        issue = Signal()
        m.d.comb += [
            issue.eq(intake.valid & loader.active & (self.free | ~intake.last)),
            intake.issue.eq(issue),
            loader.retire.eq(issue & intake.ends_fold),
            self.reserve.eq(issue & intake.last),
            self.complete.eq(accumulator.complete),
            self.pending.eq(intake.pending),
            self.illegal.eq(loader.illegal),
        ]
        for counting in (loader, intake):
            m.d.comb += [counting.start.eq(self.start), counting.command.eq(self.command)]
        for source, sink in (
            (intake.lanes, dot.lanes),
            (loader.positive, dot.positive),
            (loader.negative, dot.negative),
            (dot.rows, accumulator.rows),
            (accumulator.sums, self.sums),
        ):
            m.d.comb += [to.eq(of) for to, of in zip(sink, source, strict=True)]

        m.d.comb += accumulator.bias.eq(bias)
        with m.If(self.start):
            m.d.sync += bias.eq(self._bias())
        for name, flag in {
            "valid": issue,
            "token": intake.token,
            "first": intake.first,
            "last": intake.last,
        }.items():
            for rank in range(self.config.tree_registers):
                register = Signal.like(flag, name=f"rank{rank}_{name}", reset_less=name != "valid")
                m.d.sync += register.eq(flag)
                flag = register
            m.d.comb += getattr(accumulator, f"next_{name}").eq(flag)
        return m

    def _bias(self) -> Value:
        # The trees exceed the sums by 128 L Kt. L Kt is added up from shifted Kt: no product.
        lanes, width = self.config.lanes, bias_width(self.config)
        shifts = [shift for shift in range(lanes.bit_length()) if lanes >> shift & 1]
        lane_tiles = self.command.lane_tiles
        return -reduce(add, (Cat(Const(0, shift), lane_tiles)[:width] for shift in shifts))
