"""What lies between issue and sums in the style `systolic`: who is wired to whom."""

from rtl.config import ACTIVATION_BITS, ArrayConfig, accumulator_width_for
from rtl.proofs.harness import Harness, implies
from rtl.proofs.systolic.grid import count_moving


def claim_systolic(harness: Harness, config: ArrayConfig) -> None:
    """Claim who gets what of loader, intake, grid and accumulator."""
    bits = accumulator_width_for(config.lanes)
    for source, sink, count, width in (
        ("core.intake.lanes", "core.grid.lanes", config.lanes, ACTIVATION_BITS),
        ("core.loader.tile_positive", "core.grid.positive", config.lanes, config.columns),
        ("core.loader.tile_negative", "core.grid.negative", config.lanes, config.columns),
        ("core.grid.products", "core.accumulator.products", config.columns, bits),
    ):
        for i in range(count):
            given = harness.probe(f"dut.{source}__{i}", width)
            harness.claim(harness.probe(f"dut.{sink}__{i}", width) == given)
    _claim_hold(harness, config)


def _claim_hold(harness: Harness, config: ArrayConfig) -> None:
    """Claim what `state_grid` assumes: weights stay until the last element has taken its own."""
    swap = harness.probe("dut.core.loader.swap", 1)
    harness.claim(harness.probe("dut.core.grid.swap", 1) == swap)
    moving = count_moving(harness, config, swap)
    harness.claim(implies(moving != 0, ~swap & ~harness.probe("dut.core.loader.full", 1)))
    if config.hold_cycles > 1:
        hold = harness.probe("dut.core.loader.hold", (config.hold_cycles - 1).bit_length())
        harness.claim(hold + 1 == moving + (moving == 0))
    for sign in ("positive", "negative"):
        for k in range(config.lanes):
            plane = harness.probe(f"dut.core.loader.tile_{sign}__{k}", config.columns)
            harness.claim(implies(moving != 0, plane == harness.delay(plane)))
