"""The board's mouth: credits, results, status and identity as frames to the host."""

from amaranth.hdl import Array, Cat, Const, Module, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from rtl.fpga.crc import CRC_BITS, Crc
from rtl.fpga.protocol import FLAGS, Identity, Reply
from rtl.fpga.register import StreamRegister
from rtl.fpga.slip import ITEM_LAYOUT

#: Bytes of a frame's content from which one is chosen in a first cycle; a power of two.
_ROW = 8


class LinkReplies(wiring.Component):
    """One frame after another: what waits, credits first; a byte every other cycle.

    After a reset an end is sent, so that the host knows where the next frame begins.

    Parameters
    ----------
    identity : what the board says it is.

    Members
    -------
    results : In(stream.Signature(A C))
        A beat is taken with the end behind its last byte.
    credit, status, identity_asked : In(1)
        For one cycle: such a frame is due.
    flags : In(4)
        `rtl.fpga.protocol.FLAGS`.
    cycles : In(48)
    received_crc : In(16)
        Taken, as the flags and the cycles, in the cycle of `status`.
    items : Out(stream.Signature(ITEM_LAYOUT))
    """

    results: stream.Interface
    credit: Signal
    status: Signal
    identity_asked: Signal
    flags: Signal
    cycles: Signal
    received_crc: Signal
    items: stream.Interface

    def __init__(self, *, identity: Identity) -> None:
        self.identity = identity
        config = identity.config
        super().__init__(
            {
                "results": In(stream.Signature(config.columns * config.accumulator_width)),
                "credit": In(1),
                "status": In(1),
                "identity_asked": In(1),
                "flags": In(len(FLAGS)),
                "cycles": In(48),
                "received_crc": In(CRC_BITS),
                "items": Out(stream.Signature(ITEM_LAYOUT)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the requests that wait, the choice among the contents and the byte counter."""
        m = Module()
        m.submodules.crc = crc = Crc()
        m.submodules.chosen = chosen = StreamRegister(shape=ITEM_LAYOUT)
        connect(m, chosen.output, flipped(self.items))
        flags = Signal.like(self.flags, reset_less=True)
        cycles = Signal.like(self.cycles, reset_less=True)
        received_crc = Signal.like(self.received_crc, reset_less=True)
        sent_crc = Signal(CRC_BITS, reset_less=True)
        status = Cat(flags, Const(0, 8 - len(FLAGS)), cycles, received_crc, sent_crc)
        identity = self.identity.encode()
        contents: dict[Reply, Value] = {
            Reply.CREDIT: Const(0, 0),
            Reply.STATUS: status,
            Reply.IDENTITY: Const(int.from_bytes(identity, "little"), 8 * len(identity)),
            Reply.RESULTS: self.results.payload,
        }
        sizes = {reply: -(-len(content) // 8) for reply, content in contents.items()}
        credits = Signal(3)  # a window has four
        due = {
            Reply.CREDIT: credits != 0,
            Reply.STATUS: Signal(name="status_due"),
            Reply.IDENTITY: Signal(name="identity_due"),
            Reply.RESULTS: self.results.valid,
        }
        started = Signal()  # the end after the reset is out
        kind = Signal(Reply, init=Reply.CREDIT)
        sending = Signal()  # the content of a frame of `kind`
        place = Signal(range(max(sizes.values()) + 1))
        choices = {
            reply: _add_choice(m, content, place)
            for reply, content in contents.items()
            if sizes[reply]
        }
        ends = Signal()  # the frame, after its content
        advance = Signal()
        began = {reply: Signal(name=f"began_{reply.name.lower()}") for reply in due}
        counted = Signal()  # the byte chosen in the cycle before is of results
        item = chosen.input.payload
        m.d.comb += [
            advance.eq(chosen.input.valid & chosen.input.ready),
            crc.start.eq(self.status),
            crc.valid.eq(counted),
            crc.byte.eq(chosen.output.payload.byte),
        ]
        m.d.sync += counted.eq(advance & sending & ~ends & (kind == Reply.RESULTS))

        with m.If(~started):
            m.d.comb += [chosen.input.valid.eq(1), item.end.eq(1)]
            m.d.sync += started.eq(advance)
        with m.Elif(~sending):
            choice = m.If
            for reply, waits in due.items():
                with choice(waits):
                    m.d.comb += [chosen.input.valid.eq(1), item.byte.eq(reply)]
                    with m.If(chosen.input.ready):
                        m.d.comb += began[reply].eq(1)
                        m.d.sync += [sending.eq(1), kind.eq(reply), place.eq(0)]
                        m.d.sync += ends.eq(sizes[reply] == 0)
                choice = m.Elif
        with m.Else():
            m.d.comb += [chosen.input.valid.eq(1), item.end.eq(ends)]
            with m.If(advance):
                m.d.sync += [place.eq(place + 1), sending.eq(~ends)]
                m.d.comb += self.results.ready.eq(ends & (kind == Reply.RESULTS))
            with m.Switch(kind):
                for reply, byte in choices.items():
                    with m.Case(reply):
                        m.d.comb += item.byte.eq(byte)
                        with m.If(advance):
                            m.d.sync += ends.eq(place == sizes[reply] - 1)

        with m.If(self.credit & ~began[Reply.CREDIT]):
            m.d.sync += credits.eq(credits + 1)
        with m.Elif(~self.credit & began[Reply.CREDIT]):
            m.d.sync += credits.eq(credits - 1)
        for reply, asked in (
            (Reply.STATUS, self.status),
            (Reply.IDENTITY, self.identity_asked),
        ):
            with m.If(asked):
                m.d.sync += due[reply].eq(1)
            with m.Elif(began[reply]):
                m.d.sync += due[reply].eq(0)
        with m.If(self.status):
            m.d.sync += [
                flags.eq(self.flags),
                cycles.eq(self.cycles),
                received_crc.eq(self.received_crc),
                sent_crc.eq(crc.crc),
            ]
        return m


def _add_choice(m: Module, content: Value, place: Value) -> Value:
    """Return the byte at `place`, in the second cycle in which this is the place.

    No byte is taken sooner: `chosen` takes one every other cycle.
    """
    padded = Cat(content, Const(0, -len(content) % 8))
    parts = [padded.word_select(index, 8) for index in range(len(padded) // 8)]
    rows = []
    for first in range(0, len(parts), _ROW):
        row = Signal(8, reset_less=True)
        m.d.sync += row.eq(Array(parts[first : first + _ROW])[place % _ROW])
        rows.append(row)
    return Array(rows)[place // _ROW]
