"""The accumulator: partial sums of every token and column, and the addition that closes the tree."""

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from rtl.compressor import count_bits, plan_accumulation, plan_tree
from rtl.config import ArrayConfig
from rtl.intake import tag_layout
from rtl.planes import add_stage


class Accumulator(wiring.Component):
    """Adds the tree's rows to the partial sum of their token, one beat a cycle; never stops.

    The tag comes a cycle before the rows, to read the memory; `sums` are there in the cycle of the
    rows, and in the memory in the next. A token that comes in two consecutive cycles, which is
    every one when M = 1, takes its partial sum from a register instead. Sums are modulo 2**A.

    Parameters
    ----------
    config : L, C, T and A are used.

    Members
    -------
    valid : In(1)
        Rows come in the next cycle.
    tag : In(tag_layout(config))
        Their tag.
    bias : In(A)
        The value from which sums start; steady while a matmul runs.
    rows : In(C).array(rows)
        Bit planes as `DotProduct` gives them.
    sums : Out(C).array(A)
        Bit planes of the sums, plane 0 first, combinational.
    complete : Out(1)
        `sums` are those of a last lane tile.
    """

    valid: Signal
    tag: data.View
    bias: Signal
    rows: list[Signal]
    sums: list[Signal]
    complete: Signal

    def __init__(self, *, config: ArrayConfig) -> None:
        self.config = config
        super().__init__(
            {
                "valid": In(1),
                "tag": In(tag_layout(config)),
                "bias": In(config.accumulator_width),
                "rows": In(config.columns).array(count_bits(plan_tree(config.lanes).outputs)),
                "sums": Out(config.columns).array(config.accumulator_width),
                "complete": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the adders, the memory of the partial sums, and the choice among their sources."""
        m = Module()
        columns, width = self.config.columns, self.config.accumulator_width
        partial = [Signal(columns, name=f"partial_b{bit}") for bit in range(width)]
        self._add(m, partial)

        now = Signal()  # the members that end in _now belong to the rows of this cycle
        tag_now = Signal(tag_layout(self.config), reset_less=True)
        bias_now = Signal(width, reset_less=True)
        from_memory = Signal(reset_less=True)
        from_register = Signal(reset_less=True)
        read = Signal()
        write = Signal()
        again = Signal()  # the next rows are for the token of these
        m.d.comb += [
            again.eq(now & (tag_now.token == self.tag.token) & ~self.tag.first),
            read.eq(self.valid & ~self.tag.first & ~again),
            write.eq(now & ~tag_now.last),
            self.complete.eq(now & tag_now.last),
        ]
        m.d.sync += [
            now.eq(self.valid),
            tag_now.eq(self.tag),
            bias_now.eq(self.bias & self.tag.first.replicate(width)),
            from_memory.eq(read),
            from_register.eq(again),
        ]
        for bit, plane in enumerate(self.sums):
            memory = Memory(shape=columns, depth=self.config.token_depth, init=[])
            m.submodules[f"partial_sums_b{bit}"] = memory
            read_port, write_port = memory.read_port(), memory.write_port()
            register = Signal(columns, name=f"register_b{bit}", reset_less=True)
            with m.If(again):
                m.d.sync += register.eq(plane)
            m.d.comb += [
                write_port.addr.eq(tag_now.token),
                write_port.data.eq(plane),
                write_port.en.eq(write),
                read_port.addr.eq(self.tag.token),
                read_port.en.eq(read),
                partial[bit].eq(
                    (read_port.data & from_memory.replicate(columns))
                    | (register & from_register.replicate(columns))
                    | bias_now[bit].replicate(columns)
                ),
            ]
        return m

    def _add(self, m: Module, partial: list[Signal]) -> None:
        compression, ripple = plan_accumulation(self.config.lanes, self.config.accumulator_width)
        rows = iter(self.rows)
        planes: dict[int, Value] = {}
        for addend, column in zip(partial, compression.inputs, strict=True):
            planes |= {bit: next(rows) for bit in column[:-1]} | {column[-1]: addend}
        for stage in compression.stages:
            add_stage(m, stage, planes, "csa")
        outputs = [planes[bit] for column in compression.outputs for bit in column]
        planes = dict(enumerate(outputs))
        for stage in ripple.stages:
            add_stage(m, stage, planes, "cpa")
        for plane, (bit,) in zip(self.sums, ripple.outputs, strict=True):
            m.d.comb += plane.eq(planes[bit])
