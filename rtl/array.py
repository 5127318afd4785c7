"""The ternary array: command, weights and activations in, results out.

Ports in Verilog (module `ternary_array`), with clock `clk` and synchronous reset `rst`, which must
be high at one rising edge of `clk` before the first command:

    command__payload      in   48      tokens 15:0, column_tiles 31:16, lane_tiles 47:32
    weights__payload      in   W       part of a tile of codes
    activations__payload  in   8 L     lane 0 in the low byte
    results__payload      out  A C     plane 0 in the low bits
    *__valid, *__ready         1       for each of the four streams
    busy                  out  1       a matmul runs
    error                 out  1       an illegal weight code was used since the last command
    cycles                out  48      cycles of the present or last matmul
"""

from functools import reduce
from operator import add

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from rtl.accumulator import Accumulator, bias_width
from rtl.compressor import ACTIVATION_BITS
from rtl.config import ArrayConfig
from rtl.dot import DotProduct
from rtl.intake import ActivationIntake
from rtl.loader import WeightLoader
from rtl.queue import ResultQueue
from rtl.sequencer import COMMAND_LAYOUT


class TernaryArray(wiring.Component):
    """Exact y[M, N] = x[M, K] @ w[N, K].T of int8 by ternary weights, without a multiplier.

    L x C weights a cycle. A result is offered r + 2 cycles after its last activations are issued;
    a matmul with streams that never wait takes
    `B + 1 + sum of max(M_f, B) over all folds but the last + M_(F-1) + r + 2` cycles.
    `docs/specification.md` defines the streams and their order.

    Parameters
    ----------
    config : the array's parameters.

    Members
    -------
    command : In(stream.Signature(COMMAND_LAYOUT))
        Shape of a matmul in tokens and tiles, taken while no matmul runs.
    weights : In(stream.Signature(W))
        Codes w + 1, B beats a tile, one tile a fold.
    activations : In(stream.Signature(8 L))
        One beat for every token of every fold.
    results : Out(stream.Signature(A C))
        Bit planes of C sums, one beat for every token of every column tile.
    busy : Out(1)
        High from the cycle after a command to that of the matmul's last result.
    error : Out(1)
        A tile in use had an illegal code; stays until the next command.
    cycles : Out(48)
        Cycles since the command; stays after the last result until the next command.
    """

    command: stream.Interface
    weights: stream.Interface
    activations: stream.Interface
    results: stream.Interface
    busy: Signal
    error: Signal
    cycles: Signal

    def __init__(self, *, config: ArrayConfig) -> None:
        self.config = config
        sums_bits = config.columns * config.accumulator_width
        super().__init__(
            {
                "command": In(stream.Signature(COMMAND_LAYOUT)),
                "weights": In(stream.Signature(config.weight_bus_bits)),
                "activations": In(stream.Signature(ACTIVATION_BITS * config.lanes)),
                "results": Out(stream.Signature(sums_bits)),
                "busy": Out(1),
                "error": Out(1),
                "cycles": Out(48),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Connect the components; issue, start and finish are decided here."""
        m = Module()
        m.submodules.loader = loader = WeightLoader(config=self.config)
        m.submodules.intake = intake = ActivationIntake(config=self.config)
        m.submodules.dot = dot = DotProduct(config=self.config)
        m.submodules.accumulator = accumulator = Accumulator(config=self.config)
        m.submodules.queue = queue = ResultQueue(config=self.config)
        connect(m, flipped(self.weights), loader.weights)
        connect(m, flipped(self.activations), intake.activations)
        connect(m, flipped(self.results), queue.results)

        start = Signal()
        bias = Signal(bias_width(self.config), reset_less=True)
        issue = Signal()
        m.d.comb += [
            self.command.ready.eq(~self.busy),
            start.eq(self.command.valid & self.command.ready),
            issue.eq(intake.valid & loader.active & (queue.free | ~intake.last)),
            intake.issue.eq(issue),
            loader.retire.eq(issue & intake.ends_fold),
            queue.reserve.eq(issue & intake.last),
            queue.write.eq(accumulator.complete),
        ]
        for counting in (loader, intake):
            m.d.comb += [counting.start.eq(start), counting.command.eq(self.command.payload)]
        for source, sink in (
            (intake.lanes, dot.lanes),
            (loader.positive, dot.positive),
            (loader.negative, dot.negative),
            (dot.rows, accumulator.rows),
            (accumulator.sums, queue.sums),
        ):
            m.d.comb += [to.eq(of) for to, of in zip(sink, source, strict=True)]

        m.d.comb += accumulator.bias.eq(bias)
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

        low, high = self.cycles[:24], self.cycles[24:]  # halves, for half the carry chain
        with m.If(self.busy):
            m.d.sync += low.eq(low + 1)
            with m.If(low.all()):
                m.d.sync += high.eq(high + 1)
        with m.If(loader.illegal):
            m.d.sync += self.error.eq(1)
        with m.If(start):
            m.d.sync += [self.busy.eq(1), self.error.eq(0), self.cycles.eq(0)]
            m.d.sync += bias.eq(self._bias())
        with m.If(queue.drained & ~intake.pending):
            m.d.sync += self.busy.eq(0)
        return m

    def _bias(self) -> Value:
        # The trees exceed the sums by 128 L Kt. L Kt is added up from shifted Kt: no product.
        lanes, width = self.config.lanes, bias_width(self.config)
        shifts = [shift for shift in range(lanes.bit_length()) if lanes >> shift & 1]
        lane_tiles = self.command.payload.lane_tiles
        return -reduce(add, (Cat(Const(0, shift), lane_tiles)[:width] for shift in shifts))
