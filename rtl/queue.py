"""The result queue: places are reserved before work is issued, so that the array never freezes."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.config import ArrayConfig
from rtl.planes import add_memory


class ResultQueue(wiring.Component):
    """First-in, first-out queue of lambda + 2 beats of results.

    A beat written in a cycle is offered from the next; a place freed by a transfer can be reserved
    from the next cycle.

    Parameters
    ----------
    config : C, A and lambda are used.

    Members
    -------
    reserve : In(1)
        Reserve a place; only while `free`.
    next_free : Out(1)
        A place can be reserved in the next cycle.
    sums : In(C).array(A)
        Bit planes to be written.
    write : In(1)
        Write them into a place reserved before.
    results : Out(stream.Signature(A C))
        The beats, plane 0 in the low bits.
    drained : Out(1)
        The beat transferred in this cycle leaves no place reserved.

    Attributes
    ----------
    free : the register of `next_free`: a place can be reserved.
    """

    reserve: Signal
    next_free: Signal
    sums: list[Signal]
    write: Signal
    results: stream.Interface
    drained: Signal

    def __init__(self, *, config: ArrayConfig) -> None:
        self.config = config
        self.free = Signal(init=1)
        bits = config.columns * config.accumulator_width
        super().__init__(
            {
                "reserve": In(1),
                "next_free": Out(1),
                "sums": In(config.columns).array(config.accumulator_width),
                "write": In(1),
                "results": Out(stream.Signature(bits)),
                "drained": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build one memory for each plane, the pointers, and the two counts."""
        m = Module()
        depth = self.config.result_depth
        reserved = Signal(range(depth + 1))  # places reserved or written
        written = Signal(range(depth + 1))
        head = Signal(range(depth))
        tail = Signal(range(depth))
        one_left = Signal()  # place to reserve
        offers = Signal()  # written != 0
        leave = Signal()
        m.d.comb += [
            # That of `reserved != depth`, a cycle ahead.
            self.next_free.eq(leave | (self.free & ~(self.reserve & one_left))),
            self.results.valid.eq(offers),
            leave.eq(self.results.valid & self.results.ready),
            self.drained.eq(leave & (reserved == 1)),
        ]
        m.d.sync += self.free.eq(self.next_free)
        with m.If(self.reserve ^ leave):
            m.d.sync += one_left.eq(Mux(leave, reserved == depth, reserved == depth - 2))
        with m.If(self.write ^ leave):
            m.d.sync += offers.eq(self.write | (written != 1))
        for places, enter in ((reserved, self.reserve), (written, self.write)):
            with m.If(enter & ~leave):
                m.d.sync += places.eq(places + 1)
            with m.Elif(leave & ~enter):
                m.d.sync += places.eq(places - 1)
        with m.If(self.write):
            m.d.sync += tail.eq(tail + 1)
            with m.If(tail == depth - 1):
                m.d.sync += tail.eq(0)
        with m.If(leave):
            m.d.sync += head.eq(head + 1)
            with m.If(head == depth - 1):
                m.d.sync += head.eq(0)

        planes = []
        for bit, plane in enumerate(self.sums):
            front = Signal(self.config.columns, name=f"front_b{bit}")
            memory = add_memory(m, f"results_b{bit}", columns=self.config.columns, depth=depth)
            memory.write_port(domain="sync", addr=tail, data=plane, en=self.write)
            memory.read_port(domain="comb", addr=head, data=front, en=Const(1), transparent_for=())
            planes.append(front)
        m.d.comb += self.results.payload.eq(Cat(planes))
        return m
