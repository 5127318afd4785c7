"""The sender of results: every beat once and in order, and no packet is left open."""

from amaranth.hdl import Signal

from rtl.axi.sender import PacketSender
from rtl.proofs.harness import Harness, implies


def state_sender(bits: int) -> Harness:
    """Claim that beats are sent once, in order, and stay until taken; that packets are closed."""
    harness = Harness()
    m = harness.module
    m.submodules.dut = dut = PacketSender(payload_bits=bits)
    offered, last, cut, ready = (harness.free(n) for n in ("offered", "last", "cut", "ready"))
    payload = harness.free("payload", bits)
    m.d.comb += [
        dut.beats.valid.eq(offered),
        dut.beats.payload.eq(payload),
        dut.last.eq(last),
        dut.cut.eq(cut),
        dut.packets.tready.eq(ready),
    ]
    packets = dut.packets
    take = offered & dut.beats.ready
    closing = Signal()
    unfinished = Signal()  # of the packet of the youngest beat
    holds = Signal()
    beat = Signal(bits, reset_less=True)
    ends = Signal(reset_less=True)
    closes = Signal(reset_less=True)  # the beat held was added to close a packet
    room = ~holds | ready
    with m.If(take):
        m.d.sync += [holds.eq(1), beat.eq(payload), ends.eq(last), closes.eq(0)]
        m.d.sync += unfinished.eq(~last)
    with m.Elif(closing & room):
        m.d.sync += [holds.eq(1), ends.eq(1), closes.eq(1), unfinished.eq(0), closing.eq(0)]
    with m.Elif(ready):
        m.d.sync += holds.eq(0)
    with m.If(cut & unfinished & ~(closing & room)):
        m.d.sync += closing.eq(1)
    harness.claim(harness.probe("dut.closing") == closing)
    harness.claim(harness.probe("dut.unfinished") == unfinished)
    harness.claim(implies(closing, unfinished))
    harness.claim(dut.beats.ready == (room & ~closing & ~cut))
    harness.claim(packets.tvalid == holds)
    harness.claim(implies(holds, packets.tlast == ends))
    harness.claim(implies(holds & ~closes, packets.tdata[:bits] == beat))
    harness.claim_stays(packets.tvalid, ready, packets.tdata, packets.tlast)
    return harness
