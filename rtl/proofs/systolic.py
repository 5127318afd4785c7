"""The systolic grid: every element for itself, and a small grid as a whole."""

from amaranth.hdl import Cat, Const, Mux, Signal, Value, signed

from rtl.config import ACTIVATION_BITS, ArrayConfig
from rtl.proofs.harness import Harness, implies
from rtl.systolic.grid import Grid
from rtl.systolic.row import Row

_LARGEST = 128  # of a product, either sign


def state_row(lane: int, columns: int) -> Harness:
    """Claim `sum = above + a * w` of every element, without overflow, and when it takes its weight.

    Assumed: sums from above are within 128 `lane`, which is what the row above claims of its own.
    """
    harness = Harness()
    m = harness.module
    m.submodules.dut = dut = Row(lane=lane, columns=columns)
    activation = harness.free("activation", signed(ACTIVATION_BITS))
    positive, negative = harness.free("positive", columns), harness.free("negative", columns)
    swap = harness.free("swap")
    m.d.comb += [
        dut.activation.eq(activation),
        dut.positive.eq(positive),
        dut.negative.eq(negative),
        dut.swap.eq(swap),
    ]
    harness.assume(~(positive & negative).any())  # both is the illegal code
    age = harness.age(columns + 1)
    limit = _LARGEST * lane
    for c, total in enumerate(dut.sums):
        plus, minus, known = _hold_weight(harness, positive[c], negative[c], swap, f"c{c}")
        held = Cat(
            harness.probe("dut.weight_positive", columns)[c],
            harness.probe("dut.weight_negative", columns)[c],
        )
        harness.claim(implies(known, held == Cat(plus, minus)))
        a = harness.delay(activation, c).as_signed()
        if c:
            register = harness.probe(f"dut.activation_c{c}", ACTIVATION_BITS)
            harness.claim(implies(age >= c, register.as_signed() == a))
        above: Value = Const(0, signed(2))
        if lane:
            above = harness.free(f"above{c}", dut.above[c].shape())
            m.d.comb += dut.above[c].eq(above)
            harness.assume((above >= -limit) & (above <= limit))
        owed = Signal(signed(len(total) + 2), name=f"owed{c}")
        m.d.comb += owed.eq(above + Mux(plus, a, Mux(minus, -a, 0)))
        there = harness.delay(known & (age >= c)) & (age >= 1)
        harness.claim(implies(there, total == harness.delay(owed).as_signed()))
        harness.claim(implies(there, (total >= -limit - _LARGEST) & (total <= limit + _LARGEST)))
        swap = _carry(harness, swap, f"swap{c}")
    return harness


def state_grid(config: ArrayConfig) -> Harness:
    """Claim of every beat its dot products, L + C - 1 cycles later, with the tile swapped before.

    Assumed, and claimed of the array by `state_control`: weights stay for L + C - 1 cycles from a
    swap on, in which there is no other one.
    """
    harness = Harness()
    m = harness.module
    m.submodules.dut = dut = Grid(config=config)
    lanes = [harness.free(f"a{k}", ACTIVATION_BITS) for k in range(config.lanes)]
    planes = [
        (harness.free(f"plus{k}", config.columns), harness.free(f"minus{k}", config.columns))
        for k in range(config.lanes)
    ]
    swap = harness.free("swap")
    m.d.comb += dut.swap.eq(swap)
    for k, (plus, minus) in enumerate(planes):
        m.d.comb += [
            dut.lanes[k].eq(lanes[k]),
            dut.positive[k].eq(plus),
            dut.negative[k].eq(minus),
        ]
        harness.assume(~(plus & minus).any())
    moving = count_moving(harness, config, swap)
    weights = Cat(planes)
    harness.assume(implies(moving != 0, ~swap & (weights == harness.delay(weights))))

    known = Signal()  # there is a tile
    with m.If(swap):
        m.d.sync += known.eq(1)
    tiles = [
        tuple(Signal(config.columns, name=f"{sign}{k}", reset_less=True) for sign in ("w+", "w-"))
        for k in range(config.lanes)
    ]
    with m.If(swap):
        m.d.sync += [
            to.eq(of)
            for tile, plane in zip(tiles, planes, strict=True)
            for to, of in zip(tile, plane, strict=True)
        ]
    ages: list[Value] = [known]  # whether there was one 0, 1, 2, ... cycles ago
    for cycles in range(config.latency_cycles):
        ages.append(_carry(harness, ages[-1], f"known{cycles}"))
    for k, tile in enumerate(tiles):
        for sign, plane in zip(("positive", "negative"), tile, strict=True):
            held = harness.probe(f"dut.row{k}.weight_{sign}", config.columns)
            for c in range(config.columns):
                owed = harness.delay(plane[c], k + c)
                harness.claim(implies(ages[k + c], held[c] == owed))
    for c, total in enumerate(dut.products):
        product: Value = Const(0, signed(len(total) + 2))
        for a, (plus, minus) in zip(lanes, tiles, strict=True):
            product += Mux(plus[c], a.as_signed(), Mux(minus[c], -a.as_signed(), 0))
        owed = harness.delay(product[: len(total)], config.latency_cycles)
        harness.claim(implies(ages[-1], total.as_unsigned() == owed))
    return harness


def count_moving(harness: Harness, config: ArrayConfig, swap: Value) -> Signal:
    """Return in how many further cycles an element takes its weight, the present one included."""
    moving = Signal(range(config.hold_cycles + 1), name="moving")
    with harness.module.If(swap):
        harness.module.d.sync += moving.eq(config.hold_cycles)
    with harness.module.Elif(moving != 0):
        harness.module.d.sync += moving.eq(moving - 1)
    return moving


def _hold_weight(
    harness: Harness, positive: Value, negative: Value, take: Value, name: str
) -> tuple[Signal, Signal, Signal]:
    """Return a weight that is taken at the end of cycles of `take`, and whether one was."""
    plus, minus = (Signal(name=f"{sign}_{name}", reset_less=True) for sign in ("plus", "minus"))
    known = Signal(name=f"known_{name}")
    with harness.module.If(take):
        harness.module.d.sync += [plus.eq(positive), minus.eq(negative), known.eq(1)]
    return plus, minus, known


def _carry(harness: Harness, value: Value, name: str) -> Signal:
    """Return what `value` was a cycle ago, 0 after a reset."""
    carried = Signal(name=name)
    harness.module.d.sync += carried.eq(value)
    return carried
