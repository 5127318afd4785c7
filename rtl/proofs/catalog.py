"""All proofs of the `tree` array, each with its sizes."""

from collections.abc import Iterator
from functools import partial

from rtl.config import ArrayConfig
from rtl.proofs.accumulator import state_accumulator, state_no_overflow
from rtl.proofs.array import state_control, state_registered_outputs
from rtl.proofs.dot import state_adders, state_dot_product, state_tree
from rtl.proofs.harness import Proof
from rtl.proofs.intake import state_intake
from rtl.proofs.loader import state_loader
from rtl.proofs.plans import check_plan, check_range
from rtl.proofs.queue import state_queue
from rtl.proofs.sequencer import state_fold_counter
from rtl.tree.compressor import plan_accumulation, plan_tree

#: Three lanes, two tokens, tiles of two beats: the least in which all that can interleave does.
SMALL = ArrayConfig(lanes=3, columns=1, token_depth=2, accumulator_width=10, weight_bus_bits=4)


def list_proofs() -> Iterator[Proof]:
    """Yield the proofs that together take less than a minute of CPU time."""
    yield Proof(
        name="adders",
        claim="full and half adders give the sum of their bits",
        build=partial(state_adders, columns=3),
    )
    yield from _list_dot_products((1, 0), (2, 0), (3, 0), (2, 2))
    yield from _list_trees((3, 1), (16, 0))
    yield Proof(
        name="accumulator, 2 tokens",
        claim="each beat is added to its token's sum, also of two in a row",
        build=partial(
            state_accumulator,
            ArrayConfig(lanes=1, columns=2, token_depth=2, accumulator_width=10, weight_bus_bits=2),
        ),
    )
    yield Proof(
        name="accumulator, 3 tokens",
        claim="each beat is added to its token's sum, also of two in a row",
        build=partial(
            state_accumulator,
            ArrayConfig(lanes=2, columns=1, token_depth=3, accumulator_width=12, weight_bus_bits=2),
        ),
    )
    for width in (9, 21, 22, 32):
        config = ArrayConfig(lanes=1, columns=1, weight_bus_bits=2, accumulator_width=width)
        yield Proof(
            name=f"no overflow, {width} bits",
            claim=f"{width} bits hold every sum of up to {config.max_reduction} products",
            build=partial(state_no_overflow, config),
        )
    for bus in (3, 8):
        config = ArrayConfig(
            lanes=2, columns=2, token_depth=3, accumulator_width=12, weight_bus_bits=bus
        )
        yield Proof(
            name=f"loader, {config.beats_per_tile} beats a tile",
            claim="beats become tiles, codes weights; an illegal code is flagged",
            build=partial(state_loader, config),
        )
    for depth in (1, 3, 4):
        config = ArrayConfig(
            lanes=2, columns=1, token_depth=depth, accumulator_width=12, weight_bus_bits=2
        )
        yield Proof(
            name=f"loop nest, {depth} tokens",
            claim="folds come in the specification's order",
            build=partial(state_fold_counter, config),
        )
        yield Proof(
            name=f"intake, {depth} tokens",
            claim="exactly the nest's beats are taken, and each one's place is told",
            build=partial(state_intake, config),
        )
    for registers in (0, 2):
        config = ArrayConfig(
            lanes=1,
            columns=2,
            accumulator_width=9,
            weight_bus_bits=2,
            tree_registers=registers,
        )
        yield Proof(
            name=f"queue, {config.result_depth} places",
            claim="results keep order, and stay until they are taken",
            build=partial(state_queue, config),
        )
    yield from _list_arrays()


def list_long_proofs() -> Iterator[Proof]:
    """Yield the proofs of the largest sizes: minutes of CPU time."""
    yield from _list_dot_products((4, 0))
    yield from _list_trees((64, 0))


def check_plans(lanes: int, width: int) -> None:
    """Raise PlanError unless the plans for so many lanes and accumulator bits keep their sums."""
    check_range(plan_tree(lanes))
    compression, ripple = plan_accumulation(lanes, width)
    check_plan(compression)
    check_plan(ripple)


def _list_dot_products(*sizes: tuple[int, int]) -> Iterator[Proof]:
    for lanes, registers in sizes:
        config = ArrayConfig(lanes=lanes, columns=1, weight_bus_bits=2, tree_registers=registers)
        yield Proof(
            name=f"dot product, {lanes} lanes, {registers} ranks",
            claim="the rows' sum is that of a * w, plus 128 a lane, for all a and w",
            build=partial(state_dot_product, config),
        )


def _list_trees(*sizes: tuple[int, int]) -> Iterator[Proof]:
    for lanes, registers in sizes:
        config = ArrayConfig(lanes=lanes, columns=1, weight_bus_bits=2, tree_registers=registers)
        yield Proof(
            name=f"tree, {lanes} lanes, {registers} ranks",
            claim="each lane selects +a, -a - 1 or 0; each adder adds the plan's bits",
            build=partial(state_tree, config),
        )


def _list_arrays() -> Iterator[Proof]:
    for registers in (0, 2):
        config = ArrayConfig(**{**vars(SMALL), "tree_registers": registers})
        yield Proof(
            name=f"control, {registers} ranks",
            claim="no component's assumption is broken; busy, error and cycles are exact",
            build=partial(state_control, config),
        )
    yield Proof(
        name="outputs",
        claim="no output depends on an input of the same cycle",
        build=partial(state_registered_outputs, SMALL),
        method="structure",
    )
