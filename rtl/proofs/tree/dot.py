"""The dot product: whole for few lanes; adder by adder, with its plan, for any number."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value

from rtl.config import ACTIVATION_BITS, ArrayConfig
from rtl.planes import add_stage
from rtl.proofs.harness import Harness, implies
from rtl.tree.compressor import EXCESS_BITS, Adder, place_registers, plan_tree
from rtl.tree.dot import DotProduct


def state_adders(columns: int) -> Harness:
    """Claim that a full and a half adder of `add_stage` give the sum of their bits, per column."""
    harness = Harness()
    m = harness.module
    bits = [harness.free(f"bit{i}", columns) for i in range(5)]
    planes: dict[int, Value] = dict(enumerate(bits))
    adders = (
        Adder(column=0, inputs=(0, 1, 2), sum=5, carry=6),
        Adder(column=0, inputs=(3, 4), sum=7, carry=8),
    )
    m.submodules.dut = dut = Module()
    add_stage(dut, adders, planes, "adder")
    for adder in adders:
        for c in range(columns):
            before = sum((bits[i][c] for i in adder.inputs), Const(0))
            harness.claim(Cat(planes[adder.sum][c], planes[adder.sum + 1][c]) == before)
    return harness


def state_dot_product(config: ArrayConfig) -> Harness:
    """Claim that the rows' sum is that of a * w, plus 128 L, for all activations and weights."""
    harness, dut = _drive(config)
    m = harness.module
    width = EXCESS_BITS + config.lanes.bit_length() + 1
    places = [place for place, bits in enumerate(plan_tree(config.lanes).outputs) for _ in bits]
    latency = config.tree_registers + 1
    for c in range(config.columns):
        owed = Signal(width, name=f"owed{c}")
        found = Signal(width, name=f"found{c}")
        product = [
            Mux(positive[c], a.as_signed(), Mux(negative[c], -a.as_signed(), 0))
            for a, positive, negative in zip(dut.lanes, dut.positive, dut.negative, strict=True)
        ]
        m.d.comb += [
            owed.eq(sum(product, Const(config.lanes << EXCESS_BITS, width))),
            found.eq(
                sum(
                    (row[c] << place for row, place in zip(dut.rows, places, strict=True)),
                    Const(0, width),
                )
            ),
        ]
        known = harness.age(latency) == latency
        harness.claim(implies(known, found == harness.delay(owed, latency)))
    return harness


def state_tree(config: ArrayConfig) -> Harness:
    """Claim of every selected plane, every adder and every register of the tree what it owes.

    With `rtl.proofs.plans.check_plan`, which shows that such adders keep the sum, this gives the
    dot product of any number of lanes.
    """
    harness, dut = _drive(config)
    plan = plan_tree(config.lanes)
    planes: dict[int, Value] = dict(zip(plan.inputs[0][config.lanes :], dut.negative, strict=True))

    def look(name: str) -> Signal:
        return harness.probe(f"dut.{name}", config.columns)

    for bit, column in enumerate(plan.inputs[:ACTIVATION_BITS]):
        for k, number in enumerate(column[: config.lanes]):
            planes[number] = plane = look(f"lane{k}_b{bit}")
            inverted = bit == ACTIVATION_BITS - 1
            for c in range(config.columns):
                a, plus, minus = dut.lanes[k][bit], dut.positive[k][c], dut.negative[k][c]
                # +a, -a - 1 or 0, the sign bit inverted
                harness.claim(plane[c] == (Mux(plus, a, Mux(minus, ~a, 0)) ^ inverted))
    ranks = place_registers(plan, config.tree_registers)
    known = harness.age(1)
    for level, columns in enumerate(plan.levels):
        for index, adder in enumerate(plan.stages[level - 1] if level else ()):
            name = f"s{level}_b{adder.column}_{index}"
            total, carry = look(f"{name}_sum"), look(f"{name}_carry")
            for c in range(config.columns):
                before = sum((planes[bit][c] for bit in adder.inputs), Const(0))
                harness.claim(Cat(total[c], carry[c]) == before)
            planes[adder.sum] = total
            if adder.carry is not None:
                planes[adder.carry] = carry
        for rank in range(ranks.count(level)):
            for place, bits in enumerate(columns):
                for index, number in enumerate(bits):
                    register = look(f"r{level}_{rank}_b{place}_{index}")
                    before = harness.delay(planes[number])
                    harness.claim(implies(known, register == before))
                    planes[number] = register
    outputs = [planes[bit] for column in plan.outputs for bit in column]
    for row, output in zip(dut.rows, outputs, strict=True):
        harness.claim(row == output)
    return harness


def _drive(config: ArrayConfig) -> tuple[Harness, DotProduct]:
    harness = Harness()
    harness.module.submodules.dut = dut = DotProduct(config=config)
    for k in range(config.lanes):
        a = harness.free(f"a{k}", ACTIVATION_BITS)
        plus = harness.free(f"plus{k}", config.columns)
        minus = harness.free(f"minus{k}", config.columns)
        harness.assume(~(plus & minus).any())  # both is the illegal code
        harness.module.d.comb += [
            dut.lanes[k].eq(a),
            dut.positive[k].eq(plus),
            dut.negative[k].eq(minus),
        ]
    return harness, dut
