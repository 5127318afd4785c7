"""The link's check: CRC-16/XMODEM of bytes, polynomial x^16 + x^12 + x^5 + 1, begun with 0.

In Python it is `binascii.crc_hqx(content, 0)`.
"""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

CRC_BITS = 16
POLYNOMIAL = 0x1021  # without x^16
_FEEDBACK = [bit for bit in range(1, CRC_BITS) if POLYNOMIAL >> bit & 1]


class Crc(wiring.Component):
    """CRC of the bytes since the last `start`, a byte a cycle.

    Members
    -------
    start : In(1)
        Begin anew; a byte of the same cycle does not count.
    valid : In(1)
    byte : In(8)
    crc : Out(16)
    """

    start: Signal
    valid: Signal
    byte: Signal
    crc: Signal

    def __init__(self) -> None:
        super().__init__({"start": In(1), "valid": In(1), "byte": In(8), "crc": Out(CRC_BITS)})

    def elaborate(self, platform: object) -> Module:
        """Build the eight steps of the shift register as one."""
        m = Module()
        bits = list(self.crc)
        for data in reversed(list(self.byte)):
            back = bits[-1] ^ data
            bits = [back, *bits[:-1]]
            for place in _FEEDBACK:
                bits[place] = bits[place] ^ back
        with m.If(self.start):
            m.d.sync += self.crc.eq(0)
        with m.Elif(self.valid):
            m.d.sync += self.crc.eq(Cat(bits))
        return m
