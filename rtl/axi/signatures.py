"""AXI4-Stream and AXI4-Lite as Amaranth interfaces, with the signals that this core uses.

# Ref: Arm IHI 0051, AMBA AXI-Stream Protocol Specification; Arm IHI 0022, AMBA AXI Protocol
#      Specification, chapter on AXI4-Lite.
"""

from typing import Protocol

from amaranth.hdl import Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

#: Responses: done, and refused by the target.
OKAY, SLVERR = 0b00, 0b10

DATA_BITS = 32


class PacketStream(Protocol):
    """The signals of `AxiStream`, for type checkers."""

    tdata: Signal
    tlast: Signal
    tvalid: Signal
    tready: Signal


class LiteBus(Protocol):
    """The signals of `AxiLite`, for type checkers."""

    awaddr: Signal
    awvalid: Signal
    awready: Signal
    wdata: Signal
    wstrb: Signal
    wvalid: Signal
    wready: Signal
    bresp: Signal
    bvalid: Signal
    bready: Signal
    araddr: Signal
    arvalid: Signal
    arready: Signal
    rdata: Signal
    rresp: Signal
    rvalid: Signal
    rready: Signal


def stream_bits(payload_bits: int) -> int:
    """Return the width of TDATA for a payload: whole bytes."""
    return -(-payload_bits // 8) * 8


class AxiStream(wiring.Signature):
    """A stream of packets of whole beats, from the transmitter's side.

    Parameters
    ----------
    payload_bits : bits of a beat; TDATA has whole bytes.
    """

    def __init__(self, payload_bits: int) -> None:
        super().__init__(
            {
                "tdata": Out(stream_bits(payload_bits)),
                "tlast": Out(1),
                "tvalid": Out(1),
                "tready": In(1),
            }
        )


class AxiLite(wiring.Signature):
    """Reads and writes of 32-bit registers, from the manager's side.

    Parameters
    ----------
    address_bits : of a byte address.
    """

    def __init__(self, address_bits: int) -> None:
        super().__init__(
            {
                "awaddr": Out(address_bits),
                "awvalid": Out(1),
                "awready": In(1),
                "wdata": Out(DATA_BITS),
                "wstrb": Out(DATA_BITS // 8),
                "wvalid": Out(1),
                "wready": In(1),
                "bresp": In(2),
                "bvalid": In(1),
                "bready": Out(1),
                "araddr": Out(address_bits),
                "arvalid": Out(1),
                "arready": In(1),
                "rdata": In(DATA_BITS),
                "rresp": In(2),
                "rvalid": In(1),
                "rready": Out(1),
            }
        )
