"""A small systolic grid as a whole: what leaves together, with the weights of which fold."""

from amaranth.hdl import Cat, Const, Mux, Signal, Value, signed

from rtl.config import ACTIVATION_BITS, ArrayConfig
from rtl.proofs.harness import Harness, implies
from rtl.systolic.grid import Grid


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
        ages.append(harness.carry(ages[-1], f"known{cycles}"))
    for k, tile in enumerate(tiles):
        plus, minus = tile
        harness.claim(implies(known, (plus & minus) == 0))
        for sign, plane in (("used", plus | minus), ("negative", minus)):
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
