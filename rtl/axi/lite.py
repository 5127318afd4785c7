"""The target's end of AXI4-Lite: one read and one write of a register at a time."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rtl.axi.signatures import DATA_BITS, OKAY, SLVERR, AxiLite, LiteBus


class AxiLiteTarget(wiring.Component):
    """Reads and writes as pulses with an answer in the same cycle.

    A write reaches the registers in the cycle after its address and its data have come, in
    whichever order; its response is offered from the next cycle. A read takes a cycle less. No
    ready depends on an input of the same cycle.

    Parameters
    ----------
    address_bits : of a byte address; the low two are ignored.

    Members
    -------
    bus : In(AxiLite(address_bits))
        The interconnect's side.
    write : Out(1)
        Write `write_data` at word `write_address` in this cycle, the bytes of `write_strobe`.
    write_fails : In(1)
        No such word can be written so.
    read : Out(1)
        Word `read_address` is read in this cycle.
    read_data : In(32)
        What it holds.
    read_fails : In(1)
        There is no such word.
    """

    bus: LiteBus
    write: Signal
    write_address: Signal
    write_data: Signal
    write_strobe: Signal
    write_fails: Signal
    read: Signal
    read_address: Signal
    read_data: Signal
    read_fails: Signal

    def __init__(self, *, address_bits: int) -> None:
        self.address_bits = address_bits
        super().__init__(
            {
                "bus": In(AxiLite(address_bits)),
                "write": Out(1),
                "write_address": Out(address_bits - 2),
                "write_data": Out(DATA_BITS),
                "write_strobe": Out(DATA_BITS // 8),
                "write_fails": In(1),
                "read": Out(1),
                "read_address": Out(address_bits - 2),
                "read_data": In(DATA_BITS),
                "read_fails": In(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the registers of address, data and responses."""
        m = Module()
        bus = self.bus
        has_address = Signal()
        has_data = Signal()
        m.d.comb += [
            bus.awready.eq(~has_address),
            bus.wready.eq(~has_data),
            self.write.eq(has_address & has_data & ~bus.bvalid),
            bus.arready.eq(~bus.rvalid),
            self.read.eq(bus.arvalid & bus.arready),
            self.read_address.eq(bus.araddr[2:]),
        ]
        with m.If(bus.awvalid & bus.awready):
            m.d.sync += [has_address.eq(1), self.write_address.eq(bus.awaddr[2:])]
        with m.If(bus.wvalid & bus.wready):
            m.d.sync += [
                has_data.eq(1),
                self.write_data.eq(bus.wdata),
                self.write_strobe.eq(bus.wstrb),
            ]
        with m.If(self.write):
            m.d.sync += [
                has_address.eq(0),
                has_data.eq(0),
                bus.bvalid.eq(1),
                bus.bresp.eq(Mux(self.write_fails, SLVERR, OKAY)),
            ]
        with m.Elif(bus.bready):
            m.d.sync += bus.bvalid.eq(0)
        with m.If(self.read):
            m.d.sync += [
                bus.rvalid.eq(1),
                bus.rdata.eq(self.read_data),
                bus.rresp.eq(Mux(self.read_fails, SLVERR, OKAY)),
            ]
        with m.Elif(bus.rready):
            m.d.sync += bus.rvalid.eq(0)
        return m
