"""The link between a host and an array: frames of bytes on one side, the array's streams inside."""

from amaranth.hdl import Cat, Module, ResetInserter, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In, Out, connect, flipped

from rtl.array import TernaryArray
from rtl.fpga.protocol import Identity
from rtl.fpga.register import StreamRegister
from rtl.fpga.replies import LinkReplies
from rtl.fpga.requests import LinkIntake
from rtl.fpga.slip import END, ESCAPE, ITEM_LAYOUT, FrameDecoder, FrameEncoder
from workloads.errors import InputError


class LinkedArray(wiring.Component):
    """An array that a host commands by bytes (`rtl/fpga/protocol.py`).

    Bytes are received at any rate into a window; every quarter that is consumed is reported.

    Parameters
    ----------
    identity : the array, and the bytes of the window.

    Members
    -------
    received : In(stream.Signature(8))
        `ready` is always high. A byte for which the window has no place is lost; `overrun` tells.
    sent : Out(stream.Signature(8))
    busy : Out(1)
        A matmul runs.
    fault : Out(1)
        An illegal code, a malformed frame or an overrun.

    Raises
    ------
    InputError : a window that is no multiple of 4 from 16 to 65532.
    """

    received: stream.Interface
    sent: stream.Interface
    busy: Signal
    fault: Signal

    def __init__(self, *, identity: Identity) -> None:
        if identity.window not in range(16, 65536, 4):
            raise InputError(
                f"window must be a multiple of 4 from 16 to 65532, not {identity.window!r}"
            )
        self.identity = identity
        super().__init__(
            {
                "received": In(stream.Signature(8)),
                "sent": Out(stream.Signature(8)),
                "busy": Out(1),
                "fault": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Connect the parts; the reset pair, the credits and the overrun are decided here."""
        m = Module()
        clear = Signal()
        within = ResetInserter(clear)
        window = self.identity.window
        m.submodules.window = fifo = within(SyncFIFOBuffered(width=8, depth=window))
        m.submodules.decoder = decoder = within(FrameDecoder())
        m.submodules.requests = requests = within(LinkIntake(config=self.identity.config))
        m.submodules.array = array = within(TernaryArray(config=self.identity.config))
        m.submodules.replies = replies = within(LinkReplies(identity=self.identity))
        m.submodules.encoder = encoder = within(FrameEncoder())
        m.submodules.heard = heard = within(StreamRegister(shape=8))
        m.submodules.asked = asked = within(StreamRegister(shape=ITEM_LAYOUT))
        connect(m, fifo.r_stream, heard.input)
        connect(m, heard.output, decoder.bytes)
        connect(m, decoder.items, asked.input)
        connect(m, asked.output, requests.items)
        connect(m, requests.command, array.command)
        connect(m, requests.weights, array.weights)
        connect(m, requests.activations, array.activations)
        connect(m, array.results, replies.results)
        connect(m, replies.items, encoder.items)
        connect(m, encoder.bytes, flipped(self.sent))

        escaped = Signal()  # the last byte was the first of a reset pair, perhaps
        overrun = Signal()
        consumed = Signal(range(window // 4))
        accept = self.received.valid
        m.d.comb += [
            self.received.ready.eq(1),
            fifo.w_data.eq(self.received.payload),
            fifo.w_en.eq(accept),
            replies.status.eq(requests.status),
            replies.identity_asked.eq(requests.identity),
            replies.flags.eq(Cat(array.busy, array.error, requests.malformed, overrun)),
            replies.cycles.eq(array.cycles),
            replies.received_crc.eq(requests.crc),
            self.busy.eq(array.busy),
            self.fault.eq(array.error | requests.malformed | overrun),
        ]
        m.d.sync += clear.eq(accept & escaped & (self.received.payload == END))
        with m.If(accept):
            m.d.sync += escaped.eq(self.received.payload == ESCAPE)
            with m.If(~fifo.w_rdy):
                m.d.sync += overrun.eq(1)
        with m.If(fifo.r_rdy & fifo.r_en):
            m.d.sync += consumed.eq(consumed + 1)
            with m.If(consumed == window // 4 - 1):
                m.d.sync += consumed.eq(0)
                m.d.comb += replies.credit.eq(1)
        with m.If(clear):
            m.d.sync += [overrun.eq(0), consumed.eq(0)]
        return m
