"""What lies between issue and sums in the style `tree`: who is wired to whom."""

from amaranth.hdl import Mux, Signal

from rtl.adders import total_bits
from rtl.config import ACTIVATION_BITS, ArrayConfig, accumulator_width_for
from rtl.proofs.harness import Harness, implies
from rtl.tree.accumulator import bias_width
from rtl.tree.compressor import count_bits, plan_tree


def claim_tree(harness: Harness, config: ArrayConfig) -> None:
    """Claim who gets what of loader, intake, trees and accumulator."""
    rows = count_bits(plan_tree(config.lanes).outputs)
    for source, sink, count, width in (
        ("core.intake.lanes", "core.dot.lanes", config.lanes, ACTIVATION_BITS),
        ("core.dot.rows", "core.accumulator.rows", rows, config.columns),
    ):
        for i in range(count):
            given = harness.probe(f"dut.{source}__{i}", width)
            harness.claim(harness.probe(f"dut.{sink}__{i}", width) == given)
    for sign in ("positive", "negative"):
        for k in range(config.lanes):
            _claim_held(harness, config, sign, k, f"core.dot.{sign}__{k}")
    bias = harness.probe("dut.core.accumulator.bias", bias_width(config))
    last_lane_tile = harness.delay(harness.probe("dut.core.nest.last_lane_tile", 16))
    owed_bias = -(config.lanes * (last_lane_tile + 1))
    harness.claim(implies(harness.age(1), bias == owed_bias[: len(bias)]))


def claim_carry(harness: Harness, config: ArrayConfig) -> None:
    """Claim the same of the trees on carry chains."""
    known = harness.age(1)
    for k in range(config.lanes):
        negative = _claim_held(harness, config, "negative", k, f"core.negative{k}")
        positive = _claim_held(harness, config, "positive", k, f"core.positive{k}")
        given = harness.probe(f"dut.core.adders.next_negative__{k}", config.columns)
        harness.claim(given == negative)
        activation = harness.probe(f"dut.core.intake.lanes__{k}", ACTIVATION_BITS)
        for c in range(config.columns):
            term = harness.probe(f"dut.core.adders.terms__{k}__{c}", ACTIVATION_BITS)
            selected = Mux(positive[c] | negative[c], activation, 0)
            harness.claim(implies(known, term == harness.delay(selected)))
    for c in range(config.columns):
        total = harness.probe(f"dut.core.adders.totals__{c}", total_bits(config)).as_signed()
        product = harness.probe(
            f"dut.core.accumulator.products__{c}", accumulator_width_for(config.lanes)
        )
        harness.claim(product.as_signed() == total)
    totals = harness.probe("dut.core.adders.negative_totals", config.columns)
    harness.claim(harness.probe("dut.core.accumulator.negative", config.columns) == totals)


def _claim_held(harness: Harness, config: ArrayConfig, sign: str, k: int, path: str) -> Signal:
    """Claim that the plane at `path` is that of the active tile, if there is one; return it."""
    known = harness.age(1)
    active = harness.probe("dut.core.loader.active")
    swapped = harness.delay(harness.probe("dut.core.loader.swap", 1)) & known
    used = harness.probe(f"dut.{path}", config.columns)
    tile = harness.delay(harness.probe(f"dut.core.loader.tile_{sign}__{k}", config.columns))
    harness.claim(implies(known & swapped, used == tile))
    harness.claim(implies(known & active & ~swapped, used == harness.delay(used)))
    return used
