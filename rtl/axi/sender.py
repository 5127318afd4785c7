"""The sender of packets: what it has offered, no reset by software takes back."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.axi.signatures import AxiStream, PacketStream


class PacketSender(wiring.Component):
    """Register between a stream of beats and an AXI stream of packets.

    Latency one cycle, a beat a cycle. `cut` ends a packet that has begun: one more beat, whose data
    mean nothing, is its last.

    Parameters
    ----------
    payload_bits : of a beat.

    Members
    -------
    beats : In(stream.Signature(payload_bits))
        What is to be sent; none is taken in the cycle of `cut`.
    last : In(1)
        The beat offered is the last of its packet.
    cut : In(1)
        No more beats of this packet will come.
    packets : Out(AxiStream(payload_bits))
        What is sent.
    """

    beats: stream.Interface
    last: Signal
    cut: Signal
    packets: PacketStream

    def __init__(self, *, payload_bits: int) -> None:
        super().__init__(
            {
                "beats": In(stream.Signature(payload_bits)),
                "last": In(1),
                "cut": In(1),
                "packets": Out(AxiStream(payload_bits)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the register and the two bits that know of unfinished packets."""
        m = Module()
        packets = self.packets
        unfinished = Signal()  # beats of the packet have come, but not its last
        closing = Signal()
        room = Signal()
        take = Signal()
        m.d.comb += [
            room.eq(~packets.tvalid | packets.tready),
            self.beats.ready.eq(room & ~closing & ~self.cut),
            take.eq(self.beats.valid & self.beats.ready),
        ]
        with m.If(take):
            m.d.sync += [
                packets.tdata.eq(self.beats.payload),
                packets.tlast.eq(self.last),
                packets.tvalid.eq(1),
                unfinished.eq(~self.last),
            ]
        with m.Elif(closing & room):
            m.d.sync += [packets.tlast.eq(1), packets.tvalid.eq(1), unfinished.eq(0)]
        with m.Elif(packets.tready):
            m.d.sync += packets.tvalid.eq(0)
        with m.If(self.cut):
            m.d.sync += closing.eq(unfinished & ~(closing & room))
        with m.Elif(room):
            m.d.sync += closing.eq(0)
        return m
