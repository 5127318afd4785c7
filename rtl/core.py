"""What every style of the array offers to `rtl/array.py`: streams in, sums out.

A core holds weights, issues work and adds partial sums. The array around it takes commands, queues
results and counts cycles.
"""

from amaranth.hdl import Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.config import ACTIVATION_BITS, ArrayConfig
from rtl.sequencer import NEST_LAYOUT


class Core(wiring.Component):
    """The part of an array that its style decides; a subclass builds it.

    Parameters
    ----------
    config : the array's parameters.

    Members
    -------
    start : In(1)
        A matmul begins; only while none runs.
    nest : In(NEST_LAYOUT)
        Its shape; steady from the cycle after `start` on.
    weights : In(stream.Signature(W))
        Codes, B beats a tile.
    activations : In(stream.Signature(8 L))
        One beat a slot.
    next_free : In(1)
        The result queue has a place in the next cycle.
    reserve : Out(1)
        It is taken, lambda cycles before its sums; only while the queue has a place.
    sums : Out(C).array(A)
        Bit planes of C sums, plane 0 first.
    complete : Out(1)
        `sums` are a result.
    pending : Out(1)
        Something is yet to be issued.
    illegal : Out(1)
        A beat taken had an illegal code.
    """

    start: Signal
    nest: data.View
    weights: stream.Interface
    activations: stream.Interface
    next_free: Signal
    reserve: Signal
    sums: list[Signal]
    complete: Signal
    pending: Signal
    illegal: Signal

    def __init__(self, *, config: ArrayConfig) -> None:
        self.config = config
        super().__init__(
            {
                "start": In(1),
                "nest": In(NEST_LAYOUT),
                "weights": In(stream.Signature(config.weight_bus_bits)),
                "activations": In(stream.Signature(ACTIVATION_BITS * config.lanes)),
                "next_free": In(1),
                "reserve": Out(1),
                "sums": Out(config.columns).array(config.accumulator_width),
                "complete": Out(1),
                "pending": Out(1),
                "illegal": Out(1),
            }
        )
