"""A row of the grid: C elements that hold a weight each and pass activations on to the right."""

from amaranth.hdl import Cat, Module, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rtl.config import ACTIVATION_BITS, accumulator_width_for


class Row(wiring.Component):
    """Row `lane` of the grid: each element adds +a, -a or 0 to the sum from above.

    Element c has the activation that came c cycles ago, and its sum comes a cycle later. An element
    is a weight, an activation and a sum in registers, and one adder: -a is ~a with a carry in,
    which is exact at -128.

    Parameters
    ----------
    lane : number of the row, 0 at the top; decides the bits of its sums.
    columns : C.

    Members
    -------
    activation : In(signed(8))
        For element 0 in this cycle.
    positive, negative : In(C)
        The next tile's weights: bit c is set where that of column c is +1, or -1.
    swap : In(1)
        Element c takes its next weight at the end of the cycle c cycles from now.
    above : In(signed(bits of `lane` products)).array(C)
        The sums of the row above; there is none in row 0.
    sums : Out(signed(bits of `lane` + 1 products)).array(C)
        The sums with this row's products, from the cycle after.
    """

    activation: Signal
    positive: Signal
    negative: Signal
    swap: Signal
    above: list[Signal]
    sums: list[Signal]

    def __init__(self, *, lane: int, columns: int) -> None:
        self.lane = lane
        self.columns = columns
        sums = signed(accumulator_width_for(lane + 1))
        above = {"above": In(signed(accumulator_width_for(lane))).array(columns)} if lane else {}
        super().__init__(
            {
                "activation": In(signed(ACTIVATION_BITS)),
                "positive": In(columns),
                "negative": In(columns),
                "swap": In(1),
                "sums": Out(sums).array(columns),
                **above,
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the weights with the wave of their swap, then the elements."""
        m = Module()
        swap = self._delay_swap(m)
        used = Signal(self.columns, name="weight_used", reset_less=True)
        negative = Signal(self.columns, name="weight_negative", reset_less=True)
        for weight, coming in (
            (used, self.positive | self.negative),
            (negative, self.negative),
        ):
            m.d.sync += weight.eq((weight & ~swap) | (coming & swap))

        activation: Value = self.activation
        for c, total in enumerate(self.sums):
            if c:
                register = Signal(signed(ACTIVATION_BITS), name=f"activation_c{c}", reset_less=True)
                m.d.sync += register.eq(activation)
                activation = register
            selected = Signal(signed(ACTIVATION_BITS), name=f"selected_c{c}")
            element_sum = Signal.like(total, name=f"sum_c{c}", reset_less=True)
            inverted = activation ^ negative[c].replicate(ACTIVATION_BITS)
            m.d.comb += [
                selected.eq(inverted & used[c].replicate(ACTIVATION_BITS)),
                total.eq(element_sum),
            ]
            above = self.above[c] if self.lane else 0
            m.d.sync += element_sum.eq(above + selected + negative[c])
        return m

    def _delay_swap(self, m: Module) -> Value:
        """Return C bits: `swap`, and what it was 1 to C - 1 cycles ago."""
        if self.columns == 1:
            return self.swap
        wave = Signal(self.columns - 1, name="swap_wave")
        m.d.sync += wave.eq(Cat(self.swap, wave))
        return Cat(self.swap, wave)
