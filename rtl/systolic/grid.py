"""The grid: L rows below each other, their activations skewed and their sums deskewed."""

from amaranth.hdl import Module, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rtl.config import ACTIVATION_BITS, ArrayConfig, accumulator_width_for
from rtl.delay import delay
from rtl.systolic.row import Row


class Grid(wiring.Component):
    """L x C weight-stationary elements: a dot product for every column, one beat a cycle.

    Latency L + C - 1 cycles; never stops. Lane l is delayed by l cycles before row l, and the sum
    of column c by C - 1 - c cycles below the last row, so that a beat's sums leave together.

    Parameters
    ----------
    config : L and C are used.

    Members
    -------
    lanes : In(8).array(L)
        Activations, two's complement.
    positive, negative : In(C).array(L)
        Weight planes of the next tile, as of `Row`; steady from `swap` on for L + C - 1 cycles.
    swap : In(1)
        Beats after this cycle use the next tile.
    products : Out(signed(bits of L products)).array(C)
        The dot products of the beat L + C - 1 cycles ago.
    """

    lanes: list[Signal]
    positive: list[Signal]
    negative: list[Signal]
    swap: Signal
    products: list[Signal]

    def __init__(self, *, config: ArrayConfig) -> None:
        self.config = config
        super().__init__(
            {
                "lanes": In(ACTIVATION_BITS).array(config.lanes),
                "positive": In(config.columns).array(config.lanes),
                "negative": In(config.columns).array(config.lanes),
                "swap": In(1),
                "products": Out(signed(accumulator_width_for(config.lanes))).array(config.columns),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Connect the rows; build the triangles of registers beside and below them."""
        m = Module()
        sums: list[Value] = []
        swap = self.swap
        for lane, activation in enumerate(self.lanes):
            m.submodules[f"row{lane}"] = row = Row(lane=lane, columns=self.config.columns)
            if lane:
                m.d.comb += [to.eq(of) for to, of in zip(row.above, sums, strict=True)]
                delayed = Signal(name=f"swap_row{lane}")
                m.d.sync += delayed.eq(swap)
                swap = delayed
            m.d.comb += [
                row.activation.eq(delay(m, activation, lane, f"skew_row{lane}")),
                row.positive.eq(self.positive[lane]),
                row.negative.eq(self.negative[lane]),
                row.swap.eq(swap),
            ]
            sums = list(row.sums)
        for c, (to, total) in enumerate(zip(self.products, sums, strict=True)):
            m.d.comb += to.eq(delay(m, total, self.config.columns - 1 - c, f"deskew_c{c}"))
        return m
