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

from amaranth.hdl import Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from rtl.config import ACTIVATION_BITS, ArrayConfig
from rtl.core import Core
from rtl.queue import ResultQueue
from rtl.sequencer import COMMAND_LAYOUT, NEST_LAYOUT, register_nest
from rtl.systolic.core import SystolicCore
from rtl.table.core import TableCore
from rtl.tree.carry import CarryTreeCore
from rtl.tree.core import TreeCore

_CORES: dict[tuple[str, str], type[Core]] = {
    ("tree", "compressor"): TreeCore,
    ("tree", "carry"): CarryTreeCore,
    ("systolic", "compressor"): SystolicCore,
    ("table", "compressor"): TableCore,
}


class TernaryArray(wiring.Component):
    """Exact y[M, N] = x[M, K] @ w[N, K].T of int8 by ternary weights, without a multiplier.

    L x C weights a cycle, by the core of the configured style. The streams, their order and the
    time of every beat are those of docs/specification.md.

    Parameters
    ----------
    config : the array's parameters.

    Members
    -------
    command : In(stream.Signature(COMMAND_LAYOUT))
        Shape of a matmul in tokens and tiles, taken while no matmul runs.
    weights : In(stream.Signature(W))
        Codes of the packing, B beats a tile, the tiles of a strip a fold.
    activations : In(stream.Signature(8 L))
        One beat for every token of every fold.
    results : Out(stream.Signature(A C))
        Bit planes of C sums, one beat for every token of every column tile.
    busy : Out(1)
        High from the cycle after a command to that of the matmul's last result.
    error : Out(1)
        A tile had an illegal code; stays until the next command.
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
        """Connect the style's core and the result queue; start and finish are decided here."""
        m = Module()
        m.submodules.core = core = _CORES[self.config.style, self.config.adders](config=self.config)
        m.submodules.queue = queue = ResultQueue(config=self.config)
        connect(m, flipped(self.weights), core.weights)
        connect(m, flipped(self.activations), core.activations)
        connect(m, flipped(self.results), queue.results)

        start = Signal()
        nest = data.View(NEST_LAYOUT, Signal(NEST_LAYOUT.size, name="nest", reset_less=True))
        with m.If(~self.busy):
            register_nest(m, nest, self.command.payload, self.config)
        m.d.comb += [
            self.command.ready.eq(~self.busy),
            start.eq(self.command.valid & self.command.ready),
            core.start.eq(start),
            core.nest.eq(nest),
            core.next_free.eq(queue.next_free),
            queue.reserve.eq(core.reserve),
            queue.write.eq(core.complete),
        ]
        m.d.comb += [to.eq(of) for to, of in zip(queue.sums, core.sums, strict=True)]

        low, high = self.cycles[:24], self.cycles[24:]  # halves, for half the carry chain
        full = Signal()  # the low one
        with m.If(self.busy):
            m.d.sync += [low.eq(low + 1), full.eq(low == (1 << len(low)) - 2)]
            with m.If(full):
                m.d.sync += high.eq(high + 1)
        with m.If(core.illegal):
            m.d.sync += self.error.eq(1)
        with m.If(start):
            m.d.sync += [self.busy.eq(1), self.error.eq(0), self.cycles.eq(0), full.eq(0)]
        with m.If(queue.drained & ~core.pending):
            m.d.sync += self.busy.eq(0)
        return m
