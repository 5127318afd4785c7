"""The loader: beats into tiles, tiles into weights, and no illegal code unseen."""

from collections.abc import Callable

from amaranth.hdl import Cat, Signal, Value

from rtl.config import ArrayConfig
from rtl.loader import WeightLoader
from rtl.proofs.harness import Harness, implies
from rtl.proofs.nest import NestModel

#: Of a tile's string, the code of column c of lane k.
CodeReader = Callable[[Value, ArrayConfig, int, int], Value]

#: What each code stands for; every other one is illegal.
TWO_BIT_WEIGHTS = {0: -1, 1: 0, 2: 1}


def read_two_bits(tile: Value, config: ArrayConfig, k: int, c: int) -> Value:
    """Return the code w + 1: a low bit and, C places later, a high one."""
    low = 2 * config.columns * k + c
    return Cat(tile[low], tile[low + config.columns])


def state_loader(
    config: ArrayConfig,
    read_code: CodeReader = read_two_bits,
    weights: dict[int, int] = TWO_BIT_WEIGHTS,
) -> Harness:
    """Claim when beats are taken and tiles swap, the weights of the tile in use, and its flag.

    Assumed: a start comes while the loader holds nothing, a tile retires only while active.
    """
    harness = Harness()
    m = harness.module
    m.submodules.dut = dut = WeightLoader(config=config)
    start = harness.free("start")
    command = harness.free("command", 48)
    retire = harness.free("retire")
    offered = harness.free("offered")
    payload = harness.free("payload", config.weight_bus_bits)
    m.d.comb += [
        dut.start.eq(start),
        dut.command.eq(command),
        dut.retire.eq(retire),
        dut.weights.valid.eq(offered),
        dut.weights.payload.eq(payload),
    ]
    beats = config.beats_per_tile
    string = [Signal(len(payload), name=f"beat{i}", reset_less=True) for i in range(beats)]
    count = Signal(range(beats + 1))
    full = Signal()
    active = Signal()
    tile = Signal(config.tile_bits, reset_less=True)
    accept = offered & dut.weights.ready
    complete = accept & (count == beats - 1)
    swap = full & (~active | retire)
    harness.assume(implies(retire, active))
    harness.assume(implies(start, ~full & ~active))
    nest = NestModel(
        harness, start=start, command=command, advance=complete, depth=config.token_depth
    )
    with m.If(swap):
        m.d.sync += [tile.eq(Cat(string)), active.eq(1), full.eq(0)]
    with m.Elif(retire):
        m.d.sync += active.eq(0)
    with m.If(accept):
        m.d.sync += count.eq(count + 1)
        for i, part in enumerate(string):
            with m.If(count == i):
                m.d.sync += part.eq(payload)
    with m.If(complete):
        m.d.sync += [count.eq(0), full.eq(1)]

    nest.tie("dut.folds")
    harness.claim(harness.probe("dut.full") == full)
    harness.claim(harness.probe("dut.beat", (beats - 1).bit_length()) == count)
    for i, part in enumerate(string):
        bits = min(len(payload), config.tile_bits - i * len(payload))
        shadow = harness.probe(f"dut.shadow{i}", bits)
        harness.claim(implies(full | (count > i), shadow == part[:bits]))
    harness.claim(dut.weights.ready == (nest.fold.running & (~full | swap)))
    harness.claim(dut.active == active)
    illegal: Value = 0 * active
    for k in range(config.lanes):
        for c in range(config.columns):
            code = read_code(tile, config, k, c)
            known: Value = 0 * active
            for number, weight in weights.items():
                known |= code == number
                planes = Cat(dut.positive[k][c], dut.negative[k][c])
                owed = {1: 0b01, -1: 0b10, 0: 0b00}[weight]
                harness.claim(implies(active & (code == number), planes == owed))
            illegal |= ~known
    harness.claim(dut.illegal == (active & illegal))
    return harness
