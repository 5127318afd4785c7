"""rtl.proofs.overflow: the largest K is the largest for which no sum overflows."""

from functools import partial

from rtl.config import ArrayConfig
from rtl.proofs.harness import Proof
from rtl.proofs.overflow import state_no_overflow
from rtl.proofs.prover import prove


def test_no_overflow_is_the_limit() -> None:
    config = ArrayConfig(lanes=1, columns=1, weight_bus_bits=2, accumulator_width=10)
    assert config.max_reduction == 3
    for reduction, outcome in ((3, "proved"), (4, "refuted")):
        proof = Proof(name="limit", claim="", build=partial(state_no_overflow, config, reduction))
        assert prove(proof).outcome == outcome


def test_no_overflow_for_any_width() -> None:
    for width in range(9, 33):
        config = ArrayConfig(lanes=1, columns=1, weight_bus_bits=2, accumulator_width=width)
        assert 128 * config.max_reduction < 2 ** (width - 1) <= 128 * (config.max_reduction + 1)
