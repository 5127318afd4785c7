"""The accumulator: partial sums of all tokens and columns, and the addition that ends the tree."""

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from rtl.config import ArrayConfig
from rtl.planes import add_memory, add_stage
from rtl.tree.compressor import EXCESS_BITS, count_bits, plan_accumulation, plan_tree


def bias_width(config: ArrayConfig) -> int:
    """Return the bits of the bias: enough for -L Kt with 65535 lane tiles, or all that count."""
    return min(config.accumulator_width - EXCESS_BITS, (65535 * config.lanes).bit_length() + 1)


class Accumulator(wiring.Component):
    """Sum of the tree's rows and their token's partial sum.

    Latency none, one beat a cycle; never stops. Token and flags come a cycle before their rows, to
    read the memory. Sums are modulo 2**A.

    Parameters
    ----------
    config : L, C, T and A are used.

    Members
    -------
    next_valid : In(1)
        Rows come in the next cycle.
    next_token : In(ceil_log2(T))
        The place of their partial sums.
    next_stored, next_again : In(1)
        They are added to the partial sums in the memory, or to those of this cycle, which are of
        the same token; otherwise they are a sum's first. Not both.
    next_last : In(1)
        They complete the sums of a column tile.
    bias : In(bias_width(config))
        Sums start from 128 * bias, signed; steady while a matmul runs.
    rows : In(C).array(rows)
        Bit planes as `DotProduct` gives them.
    sums : Out(C).array(A)
        Bit planes of the sums, plane 0 first, combinational.
    complete : Out(1)
        `sums` are those of a last lane tile.

    Attributes
    ----------
    latency : cycles from the rows to the sums: none.
    """

    latency = 0

    next_valid: Signal
    next_token: Signal
    next_stored: Signal
    next_again: Signal
    next_last: Signal
    bias: Signal
    rows: list[Signal]
    sums: list[Signal]
    complete: Signal

    def __init__(self, *, config: ArrayConfig) -> None:
        self.config = config
        super().__init__(
            {
                "next_valid": In(1),
                "next_token": In(ceil_log2(config.token_depth)),
                "next_stored": In(1),
                "next_again": In(1),
                "next_last": In(1),
                "bias": In(bias_width(config)),
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
        sums = [Signal(columns, name=f"sum_b{bit}") for bit in range(width)]
        m.d.comb += [plane.eq(total) for plane, total in zip(self.sums, sums, strict=True)]
        self._add(m, partial, sums)

        now = Signal()  # rows are there; the signals ending in _now belong to them
        token_now = Signal.like(self.next_token, reset_less=True)
        last_now = Signal(reset_less=True)
        bias_now = Signal.like(self.bias, reset_less=True)
        write = Signal()
        from_memory = Signal(reset_less=True)
        from_register = Signal(reset_less=True)
        m.d.comb += [
            write.eq(now & ~last_now),
            self.complete.eq(now & last_now),
        ]
        m.d.sync += [
            now.eq(self.next_valid),
            token_now.eq(self.next_token),
            last_now.eq(self.next_last),
            bias_now.eq(Mux(self.next_stored | self.next_again, 0, self.bias)),
            from_memory.eq(self.next_stored),
            from_register.eq(self.next_again),
        ]
        for bit, total in enumerate(sums):
            stored = Signal(columns, name=f"stored_b{bit}")
            register = Signal(columns, name=f"register_b{bit}", reset_less=True)
            memory = add_memory(
                m, f"partial_sums_b{bit}", columns=columns, depth=self.config.token_depth
            )
            memory.write_port(domain="sync", addr=token_now, data=total, en=write)
            memory.read_port(
                domain="sync",
                addr=self.next_token,
                data=stored,
                en=self.next_stored,
                transparent_for=(),
            )
            with m.If(self.next_again):
                m.d.sync += register.eq(total)
            start = bias_now[min(bit - EXCESS_BITS, len(bias_now) - 1)] if bit >= EXCESS_BITS else 0
            m.d.comb += partial[bit].eq(
                (stored & from_memory.replicate(columns))
                | (register & from_register.replicate(columns))
                | Value.cast(start).replicate(columns)
            )
        return m

    def _add(self, m: Module, partial: list[Signal], sums: list[Signal]) -> None:
        compression, ripple = plan_accumulation(self.config.lanes, self.config.accumulator_width)
        rows = iter(self.rows)
        planes: dict[int, Value] = {}
        for addend, column in zip(partial, compression.inputs, strict=True):
            planes |= {bit: next(rows) for bit in column[:-1]} | {column[-1]: addend}
        for level, stage in enumerate(compression.stages):
            add_stage(m, stage, planes, f"save{level}")
        planes = dict(enumerate(planes[bit] for column in compression.outputs for bit in column))
        for stage in ripple.stages:
            add_stage(m, stage, planes, "ripple")
        m.d.comb += [
            total.eq(planes[bit]) for total, (bit,) in zip(sums, ripple.outputs, strict=True)
        ]
