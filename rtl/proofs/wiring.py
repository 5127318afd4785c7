"""What lies between issue and sums in each style: who is wired to whom, and how late flags are."""

from collections.abc import Callable

from amaranth.hdl import Mux, Signal, Value

from rtl.adders import total_bits
from rtl.config import ACTIVATION_BITS, ArrayConfig, accumulator_width_for
from rtl.proofs.harness import Harness, implies
from rtl.proofs.nest import NestModel
from rtl.proofs.systolic import count_moving
from rtl.tree.accumulator import bias_width
from rtl.tree.compressor import count_bits, plan_tree

#: A beat on its way from issue to the accumulator: whether there is one, and if it gives a result.
Stage = tuple[Value, Value]
Look = Callable[[str, int], Signal]


def claim_wiring(harness: Harness, config: ArrayConfig, nest: NestModel) -> list[Stage]:
    """Claim that components give each other their data, and beats' flags as late as their data.

    Return the stages of the way to the accumulator, the youngest first.
    """

    def look(path: str, width: int = 1) -> Signal:
        return harness.probe(f"dut.{path}", width)

    stages = _claim_flags(harness, config, look)
    if config.style == "systolic":
        _claim_systolic(harness, config, look)
    elif config.adders == "carry":
        _claim_carry(harness, config, look)
    else:
        _claim_tree(harness, config, look, nest)
    stages.append((look("core.accumulator.now"), look("core.accumulator.last_now")))
    for i in range(config.accumulator_width):
        plane = look(f"core.accumulator.sums__{i}", config.columns)
        harness.claim(look(f"queue.sums__{i}", config.columns) == plane)
    harness.claim(look("queue.write") == look("core.accumulator.complete"))
    return stages


def _list_flags(config: ArrayConfig) -> tuple[tuple[str, str, int], ...]:
    return (
        ("valid", "core.issue", 1),
        ("token", "core.intake.token", (config.token_depth - 1).bit_length()),
        ("first", "core.intake.first", 1),
        ("last", "core.intake.last", 1),
    )


def _claim_flags(harness: Harness, config: ArrayConfig, look: Look) -> list[Stage]:
    """Claim that a beat's flags come to the accumulator lambda - 1 cycles after its issue."""
    known = harness.age(1)
    cycles = config.latency_cycles - 1
    ways: dict[str, list[Value]] = {}
    for name, source, width in _list_flags(config):
        flag: Value = look(source, width)
        way = look(f"core.{name}_way", cycles * width) if cycles else flag
        ways[name] = []
        for cycle in range(cycles):
            register = way.word_select(cycle, width)
            harness.claim(implies(known, register == harness.delay(flag)))
            ways[name].append(register)
            flag = register
        harness.claim(look(f"core.accumulator.next_{name}", width) == flag)
    return list(zip(ways["valid"], ways["last"], strict=True))


def _claim_tree(harness: Harness, config: ArrayConfig, look: Look, nest: NestModel) -> None:
    rows = count_bits(plan_tree(config.lanes).outputs)
    for source, sink, count, width in (
        ("core.intake.lanes", "core.dot.lanes", config.lanes, ACTIVATION_BITS),
        ("core.dot.rows", "core.accumulator.rows", rows, config.columns),
    ):
        for i in range(count):
            harness.claim(look(f"{sink}__{i}", width) == look(f"{source}__{i}", width))
    for sign in ("positive", "negative"):
        for k in range(config.lanes):
            _claim_held(harness, config, look, sign, k, f"core.dot.{sign}__{k}")
    bias = look("core.bias", bias_width(config))
    owed_bias = -(config.lanes * nest.lane_tiles)
    harness.claim(implies(look("busy", 1) & ~nest.begins, bias == owed_bias[: len(bias)]))
    harness.claim(look("core.accumulator.bias", len(bias)) == bias)


def _claim_carry(harness: Harness, config: ArrayConfig, look: Look) -> None:
    known = harness.age(1)
    for k in range(config.lanes):
        negative = _claim_held(harness, config, look, "negative", k, f"core.negative{k}")
        positive = _claim_held(harness, config, look, "positive", k, f"core.positive{k}")
        harness.claim(look(f"core.adders.next_negative__{k}", config.columns) == negative)
        activation = look(f"core.intake.lanes__{k}", ACTIVATION_BITS)
        for c in range(config.columns):
            term = look(f"core.adders.terms__{k}__{c}", ACTIVATION_BITS)
            selected = Mux(positive[c] | negative[c], activation, 0)
            harness.claim(implies(known, term == harness.delay(selected)))
    for c in range(config.columns):
        total = look(f"core.adders.totals__{c}", total_bits(config)).as_signed()
        product = look(f"core.accumulator.products__{c}", accumulator_width_for(config.lanes))
        harness.claim(product.as_signed() == total)
    totals = look("core.adders.negative_totals", config.columns)
    harness.claim(look("core.accumulator.negative", config.columns) == totals)


def _claim_held(
    harness: Harness, config: ArrayConfig, look: Look, sign: str, k: int, path: str
) -> Signal:
    """Claim that the plane at `path` is that of the active tile; return it."""
    known = harness.age(1)
    swapped = harness.delay(look("core.loader.swap", 1)) & known
    used = look(path, config.columns)
    tile = harness.delay(look(f"core.loader.tile_{sign}__{k}", config.columns))
    harness.claim(implies(known & swapped, used == tile))
    harness.claim(implies(known & ~swapped, used == harness.delay(used)))
    return used


def _claim_systolic(harness: Harness, config: ArrayConfig, look: Look) -> None:
    bits = accumulator_width_for(config.lanes)
    for source, sink, count, width in (
        ("core.intake.lanes", "core.grid.lanes", config.lanes, ACTIVATION_BITS),
        ("core.loader.tile_positive", "core.grid.positive", config.lanes, config.columns),
        ("core.loader.tile_negative", "core.grid.negative", config.lanes, config.columns),
        ("core.grid.products", "core.accumulator.products", config.columns, bits),
    ):
        for i in range(count):
            harness.claim(look(f"{sink}__{i}", width) == look(f"{source}__{i}", width))
    _claim_hold(harness, config, look)


def _claim_hold(harness: Harness, config: ArrayConfig, look: Look) -> None:
    """Claim what `state_grid` assumes: weights stay until the last element has taken its own."""
    swap = look("core.loader.swap", 1)
    harness.claim(look("core.grid.swap", 1) == swap)
    moving = count_moving(harness, config, swap)
    harness.claim(implies(moving != 0, ~swap & ~look("core.loader.full", 1)))
    if config.hold_cycles > 1:
        hold = look("core.loader.hold", (config.hold_cycles - 1).bit_length())
        harness.claim(hold + 1 == moving + (moving == 0))
    for sign in ("positive", "negative"):
        for k in range(config.lanes):
            plane = look(f"core.loader.tile_{sign}__{k}", config.columns)
            harness.claim(implies(moving != 0, plane == harness.delay(plane)))
