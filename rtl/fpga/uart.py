"""A serial port: bytes as eight data bits, no parity, one stop bit, least significant bit first."""

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.cdc import FFSynchronizer  # type: ignore[import-untyped]
from amaranth.lib.wiring import In, Out

from workloads.errors import require_int

MIN_DIVISOR = 4  # cycles of a bit, to find its middle
_FRAME_BITS = 10  # start, eight of data, stop


class UartReceiver(wiring.Component):
    """Bytes from a line that may change at any time.

    Every bit is taken in its middle; a frame without a stop bit is dropped. A byte is there for
    one cycle: who does not take it loses it.

    Parameters
    ----------
    divisor : cycles of a bit, at least 4.

    Members
    -------
    line : In(1)
        High when idle.
    bytes : Out(stream.Signature(8))
        `ready` is ignored.
    """

    line: Signal
    bytes: stream.Interface

    def __init__(self, *, divisor: int) -> None:
        self.divisor = require_int("divisor", divisor, MIN_DIVISOR)
        super().__init__({"line": In(1), "bytes": Out(stream.Signature(8))})

    def elaborate(self, platform: object) -> Module:
        """Build the synchroniser, the timer and the shift register."""
        m = Module()
        line = Signal(init=1)
        m.submodules.synchronizer = FFSynchronizer(self.line, line, init=1)
        timer = Signal(range(self.divisor + self.divisor // 2))
        bits = Signal(range(_FRAME_BITS + 1))  # yet to come; 0 when idle
        shifted = Signal(8, reset_less=True)
        m.d.comb += self.bytes.payload.eq(shifted)
        m.d.sync += self.bytes.valid.eq(0)
        with m.If(bits == 0):
            m.d.sync += timer.eq(self.divisor // 2 - 1)
            with m.If(~line):
                m.d.sync += bits.eq(_FRAME_BITS)
        with m.Elif(timer != 0):
            m.d.sync += timer.eq(timer - 1)
        with m.Else():
            m.d.sync += [timer.eq(self.divisor - 1), bits.eq(bits - 1)]
            with m.If(bits == 1):
                m.d.sync += self.bytes.valid.eq(line)
            with m.Else():
                m.d.sync += shifted.eq(Cat(shifted[1:], line))
        return m


class UartTransmitter(wiring.Component):
    """Bytes to a line, ten bit times each.

    Parameters
    ----------
    divisor : cycles of a bit.

    Members
    -------
    bytes : In(stream.Signature(8))
    line : Out(1)
        High when idle.
    """

    bytes: stream.Interface
    line: Signal

    def __init__(self, *, divisor: int) -> None:
        self.divisor = require_int("divisor", divisor, MIN_DIVISOR)
        super().__init__({"bytes": In(stream.Signature(8)), "line": Out(1)})

    def elaborate(self, platform: object) -> Module:
        """Build the timer and the shift register; the line is its lowest bit, inverted."""
        m = Module()
        timer = Signal(range(self.divisor))
        bits = Signal(range(_FRAME_BITS))  # yet to come behind this one
        frame = Signal(_FRAME_BITS)  # inverted, so that a reset leaves the line idle
        m.d.comb += [self.line.eq(~frame[0]), self.bytes.ready.eq((bits == 0) & (timer == 0))]
        with m.If(timer != 0):
            m.d.sync += timer.eq(timer - 1)
        with m.Elif(bits != 0):
            m.d.sync += [
                frame.eq(frame[1:]),
                bits.eq(bits - 1),
                timer.eq(self.divisor - 1),
            ]
        with m.Elif(self.bytes.valid):
            m.d.sync += [
                frame.eq(~Cat(Const(0, 1), self.bytes.payload, Const(1, 1))),
                bits.eq(_FRAME_BITS - 1),
                timer.eq(self.divisor - 1),
            ]
        return m
