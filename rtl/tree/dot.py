"""The dot product: one-hot selection of +a, -a or 0 in every lane, and the compressor tree."""

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rtl.config import ACTIVATION_BITS, ArrayConfig
from rtl.planes import add_stage
from rtl.tree.compressor import Columns, count_bits, place_registers, plan_tree


class DotProduct(wiring.Component):
    """Sum of the lanes' activations, each times its weight, for every column, in carry-save form.

    Latency r + 1 cycles, one dot product a cycle; never stops. The sum of the rows is the dot
    product plus 128 L: inverting every lane's sign bit adds 128 and saves the sign extension.

    Parameters
    ----------
    config : L, C and r are used.

    Members
    -------
    lanes : In(8).array(L)
        Activations, two's complement.
    positive, negative : In(C).array(L)
        Weight planes: bit c of lane k is set where the weight of column c is +1, or -1.
    rows : Out(C).array(rows)
        Bit planes of the sum: those of `plan_tree(L).outputs`, column by column.
    """

    lanes: list[Signal]
    positive: list[Signal]
    negative: list[Signal]
    rows: list[Signal]

    def __init__(self, *, config: ArrayConfig) -> None:
        self.config = config
        self._plan = plan_tree(config.lanes)
        super().__init__(
            {
                "lanes": In(ACTIVATION_BITS).array(config.lanes),
                "positive": In(config.columns).array(config.lanes),
                "negative": In(config.columns).array(config.lanes),
                "rows": Out(config.columns).array(count_bits(self._plan.outputs)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the select planes, the tree's stages and the register ranks between them."""
        m = Module()
        plan = self._plan
        planes = self._select(m)
        ranks = place_registers(plan, self.config.tree_registers)
        for level, columns in enumerate(plan.levels):
            if level:
                add_stage(m, plan.stages[level - 1], planes, f"s{level}")
            for rank in range(ranks.count(level)):
                self._register(m, columns, planes, f"r{level}_{rank}")
        outputs = [planes[bit] for column in plan.outputs for bit in column]
        m.d.comb += [row.eq(plane) for row, plane in zip(self.rows, outputs, strict=True)]
        return m

    def _register(self, m: Module, columns: Columns, planes: dict[int, Value], prefix: str) -> None:
        for column, bits in enumerate(columns):
            for index, bit in enumerate(bits):
                name = f"{prefix}_b{column}_{index}"
                register = Signal(self.config.columns, name=name, reset_less=True)
                m.d.sync += register.eq(planes[bit])
                planes[bit] = register

    def _select(self, m: Module) -> dict[int, Value]:
        # +a is a; -a is ~a + 1, whose 1 is the weight plane `negative` itself, one more low bit.
        # So a 1 of the activation selects `positive`, a 0 `negative`: as exclusive or an operation
        # fewer than as AND-OR; synthesis makes the same gates of both.
        planes: dict[int, Value] = {}
        for bit, column in enumerate(self._plan.inputs[:ACTIVATION_BITS]):
            for k, number in enumerate(column[: self.config.lanes]):
                one = self.lanes[k][bit].replicate(self.config.columns)
                selected = self.negative[k] ^ (one & (self.positive[k] ^ self.negative[k]))
                planes[number] = plane = Signal(self.config.columns, name=f"lane{k}_b{bit}")
                m.d.comb += plane.eq(~selected if bit == ACTIVATION_BITS - 1 else selected)
        completing = self._plan.inputs[0][self.config.lanes :]
        return planes | dict(zip(completing, self.negative, strict=True))
