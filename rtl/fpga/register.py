"""A register between two streams, so that no path of gates goes through from one to the other."""

from typing import Any

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out


class StreamRegister(wiring.Component):
    """Holds one beat; takes the next when it is empty, so a beat every other cycle.

    Parameters
    ----------
    shape : of the payload.

    Members
    -------
    input : In(stream.Signature(shape))
    output : Out(stream.Signature(shape))
        One cycle later.
    """

    input: stream.Interface
    output: stream.Interface

    def __init__(self, *, shape: Any) -> None:
        signature = stream.Signature(shape)
        super().__init__({"input": In(signature), "output": Out(signature)})

    def elaborate(self, platform: object) -> Module:
        """Build the register."""
        m = Module()
        m.d.comb += self.input.ready.eq(~self.output.valid)
        with m.If(self.output.valid & self.output.ready):
            m.d.sync += self.output.valid.eq(0)
        with m.If(self.input.valid & self.input.ready):
            m.d.sync += [
                self.output.payload.eq(self.input.payload),
                self.output.valid.eq(1),
            ]
        return m
