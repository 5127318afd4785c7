"""Frames in a stream of bytes: a byte that ends each, and an escape for data that looks like it.

# Ref: J. Romkey, "Nonstandard for transmission of IP datagrams over serial lines: SLIP", RFC 1055.
"""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

END, ESCAPE, ESCAPED_END, ESCAPED_ESCAPE = 0xC0, 0xDB, 0xDC, 0xDD

#: No valid stream holds this pair: it is the link's reset, seen even where data is stuck.
RESET_PAIR = bytes([ESCAPE, END])

#: A byte of a frame, or, with `end`, what follows its last byte.
ITEM_LAYOUT = data.StructLayout({"byte": 8, "end": 1})


def encode_frame(content: bytes) -> bytes:
    """Return `content` as it travels, its end included.

    >>> encode_frame(bytes([1, 0xC0, 0xDB])).hex(" ")
    '01 db dc db dd c0'
    """
    escaped = content.replace(bytes([ESCAPE]), bytes([ESCAPE, ESCAPED_ESCAPE]))
    return escaped.replace(bytes([END]), bytes([ESCAPE, ESCAPED_END])) + bytes([END])


def decode_frame(travelled: bytes) -> bytes:
    """Return the content of one frame, given without its end; the inverse of `encode_frame`."""
    content = travelled.replace(bytes([ESCAPE, ESCAPED_END]), bytes([END]))
    return content.replace(bytes([ESCAPE, ESCAPED_ESCAPE]), bytes([ESCAPE]))


class FrameDecoder(wiring.Component):
    """Bytes of a line to items of frames; combinational but for the escape, a byte a cycle.

    Members
    -------
    bytes : In(stream.Signature(8))
    items : Out(stream.Signature(ITEM_LAYOUT))
    """

    bytes: stream.Interface
    items: stream.Interface

    def __init__(self) -> None:
        super().__init__(
            {"bytes": In(stream.Signature(8)), "items": Out(stream.Signature(ITEM_LAYOUT))}
        )

    def elaborate(self, platform: object) -> Module:
        """Build the flag that the last byte was an escape."""
        m = Module()
        escaped = Signal()
        code = self.bytes.payload
        escapes = Signal()
        unescaped = Mux(code == ESCAPED_END, END, ESCAPE)
        m.d.comb += [
            escapes.eq((code == ESCAPE) & ~escaped),
            self.items.payload.byte.eq(Mux(escaped, unescaped, code)),
            self.items.payload.end.eq((code == END) & ~escaped),
            self.items.valid.eq(self.bytes.valid & ~escapes),
            self.bytes.ready.eq(self.items.ready | escapes),
        ]
        with m.If(self.bytes.valid & self.bytes.ready):
            m.d.sync += escaped.eq(escapes)
        return m


class FrameEncoder(wiring.Component):
    """Items of frames to bytes of a line; combinational but for the escape.

    Members
    -------
    items : In(stream.Signature(ITEM_LAYOUT))
    bytes : Out(stream.Signature(8))
    """

    items: stream.Interface
    bytes: stream.Interface

    def __init__(self) -> None:
        super().__init__(
            {"items": In(stream.Signature(ITEM_LAYOUT)), "bytes": Out(stream.Signature(8))}
        )

    def elaborate(self, platform: object) -> Module:
        """Build the flag that the escape of this item is out."""
        m = Module()
        escaped = Signal()
        item = self.items.payload
        special = Signal()
        plain = Mux(item.end, END, item.byte)
        m.d.comb += [
            special.eq(~item.end & ((item.byte == END) | (item.byte == ESCAPE))),
            self.bytes.valid.eq(self.items.valid),
            self.bytes.payload.eq(
                Mux(special, Mux(escaped, ESCAPED_END | (item.byte == ESCAPE), ESCAPE), plain)
            ),
            self.items.ready.eq(self.bytes.ready & (~special | escaped)),
        ]
        with m.If(self.bytes.valid & self.bytes.ready):
            m.d.sync += escaped.eq(special & ~escaped)
        return m
