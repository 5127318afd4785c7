"""The board's ear: frames from the host to the array's input streams and to requests."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.config import ACTIVATION_BITS, ArrayConfig
from rtl.fpga.crc import CRC_BITS, Crc
from rtl.fpga.protocol import Request
from rtl.fpga.slip import ITEM_LAYOUT
from rtl.sequencer import COMMAND_LAYOUT


class LinkIntake(wiring.Component):
    """Frames of `rtl.fpga.protocol.Request` to streams; a byte a cycle, a cycle more a beat.

    A beat is collected in one register, whatever its stream, and waits there until it is taken:
    a host that sends beats in the order of the loop nest keeps the array going.

    Parameters
    ----------
    config : the array's parameters.

    Members
    -------
    items : In(stream.Signature(ITEM_LAYOUT))
    command, weights, activations : Out(stream.Signature(...))
        As `TernaryArray` takes them.
    status, identity : Out(1)
        For one cycle: the host asks for it.
    malformed : Out(1)
        A frame was of no kind or length that is known, since the reset.
    crc : Out(16)
        Of the bytes of frames since the last status request, or the reset.
    """

    items: stream.Interface
    command: stream.Interface
    weights: stream.Interface
    activations: stream.Interface
    status: Signal
    identity: Signal
    malformed: Signal
    crc: Signal

    def __init__(self, *, config: ArrayConfig) -> None:
        self.config = config
        super().__init__(
            {
                "items": In(stream.Signature(ITEM_LAYOUT)),
                "command": Out(stream.Signature(COMMAND_LAYOUT)),
                "weights": Out(stream.Signature(config.weight_bus_bits)),
                "activations": Out(stream.Signature(ACTIVATION_BITS * config.lanes)),
                "status": Out(1),
                "identity": Out(1),
                "malformed": Out(1),
                "crc": Out(CRC_BITS),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the collecting register, the count of its bytes and the choice by kind."""
        m = Module()
        m.submodules.crc = crc = Crc()
        streams = {
            Request.COMMAND: self.command,
            Request.WEIGHTS: self.weights,
            Request.ACTIVATIONS: self.activations,
        }
        payloads = {
            kind: to.payload.as_value() if kind == Request.COMMAND else to.payload
            for kind, to in streams.items()
        }
        sizes = {kind: -(-len(payload) // 8) for kind, payload in payloads.items()}
        largest = max(sizes.values())
        beat = Signal(8 * largest, reset_less=True)  # its last byte is the highest
        kind = Signal(3)
        known = Signal()  # the frame's kind has come
        missing = Signal(range(largest + 1))  # bytes of the beat
        size = Signal(range(largest + 1))
        waiting = Signal()  # the beat is whole
        taken = Signal()
        accept = Signal()
        item = self.items.payload
        m.d.comb += [
            self.items.ready.eq(~waiting),
            accept.eq(self.items.valid & self.items.ready),
            crc.byte.eq(item.byte),
            crc.valid.eq(accept & ~item.end & ~self.status),
            crc.start.eq(self.status),
            self.crc.eq(crc.crc),
        ]
        for number, to in streams.items():
            start = 8 * (largest - sizes[number])
            m.d.comb += [
                payloads[number].eq(beat[start:]),
                to.valid.eq(waiting & (kind == number)),
            ]
            with m.If(to.valid & to.ready):
                m.d.comb += taken.eq(1)
        with m.If(taken):
            m.d.sync += [waiting.eq(0), missing.eq(size)]
        with m.If(accept):
            with m.If(item.end):
                m.d.sync += known.eq(0)
                with m.If(known & (missing != size)):
                    m.d.sync += self.malformed.eq(1)
            with m.Elif(~known):
                m.d.sync += [known.eq(1), kind.eq(item.byte)]
                with m.Switch(item.byte):
                    for number, count in sizes.items():
                        with m.Case(number):
                            m.d.sync += [missing.eq(count), size.eq(count)]
                    for number, asked in (
                        (Request.STATUS, self.status),
                        (Request.IDENTITY, self.identity),
                    ):
                        with m.Case(number):
                            m.d.comb += asked.eq(1)
                            m.d.sync += [missing.eq(0), size.eq(0)]
                    with m.Default():
                        m.d.sync += [kind.eq(0), missing.eq(0), size.eq(0), self.malformed.eq(1)]
            with m.Else():
                m.d.sync += [beat.eq(Cat(beat[8:], item.byte)), missing.eq(missing - 1)]
                with m.If(missing == 1):
                    m.d.sync += waiting.eq(1)
                with m.If(missing == 0):  # content where none belongs
                    m.d.sync += [missing.eq(0), self.malformed.eq(1)]
        return m
