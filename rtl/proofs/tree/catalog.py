"""The proofs of what only the style `tree` has, of both ways in which it adds."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from rtl.config import ArrayConfig
from rtl.proofs.accumulator import state_word_accumulator
from rtl.proofs.adders import state_signed_tree
from rtl.proofs.array import state_registered_outputs
from rtl.proofs.harness import Proof
from rtl.proofs.held import state_held_control
from rtl.proofs.sizes import SMALL, SMALL_CARRY
from rtl.proofs.tree.accumulator import state_accumulator
from rtl.proofs.tree.dot import state_adders, state_dot_product, state_tree

_STYLES = ("tree",)


def list_tree_proofs() -> Iterator[Proof]:
    """Yield the proofs of adders, trees, accumulators and control."""
    yield Proof(
        name="adders",
        claim="full and half adders give the sum of their bits",
        build=partial(state_adders, columns=3),
        styles=_STYLES,
    )
    yield from _list_dot_products((1, 0), (2, 0), (3, 0), (2, 2))
    yield from _list_trees((3, 1), (16, 0))
    yield Proof(
        name="signed tree, 3 lanes, 1 ranks",
        claim="the total is the sum of the terms, each negated if its sign says so",
        build=partial(state_signed_tree, replace(SMALL_CARRY, columns=1)),
        styles=_STYLES,
    )
    for lanes, columns, depth in ((1, 2, 2), (2, 1, 3)):
        config = ArrayConfig(
            lanes=lanes,
            columns=columns,
            token_depth=depth,
            accumulator_width=12,
            weight_bus_bits=2,
        )
        yield Proof(
            name=f"accumulator, {depth} tokens",
            claim="each beat is added to its token's sum, also of two in a row",
            build=partial(state_accumulator, config),
            styles=_STYLES,
        )
    yield Proof(
        name="subtracting accumulator",
        claim="each beat is added to its token's sum or subtracted from it, also of two in a row",
        build=partial(state_word_accumulator, SMALL_CARRY, subtracts=True),
        styles=_STYLES,
    )
    yield from _list_control()


def list_long_tree_proofs() -> Iterator[Proof]:
    """Yield the proofs of large trees: minutes of CPU time."""
    yield from _list_dot_products((4, 0))
    yield from _list_trees((64, 0))


def _list_dot_products(*sizes: tuple[int, int]) -> Iterator[Proof]:
    for lanes, registers in sizes:
        config = ArrayConfig(lanes=lanes, columns=1, weight_bus_bits=2, tree_registers=registers)
        yield Proof(
            name=f"dot product, {lanes} lanes, {registers} ranks",
            claim="the rows' sum is that of a * w, plus 128 a lane, for all a and w",
            build=partial(state_dot_product, config),
            styles=_STYLES,
        )


def _list_trees(*sizes: tuple[int, int]) -> Iterator[Proof]:
    for lanes, registers in sizes:
        config = ArrayConfig(lanes=lanes, columns=1, weight_bus_bits=2, tree_registers=registers)
        yield Proof(
            name=f"tree, {lanes} lanes, {registers} ranks",
            claim="each lane selects +a, -a - 1 or 0; each adder adds the plan's bits",
            build=partial(state_tree, config),
            styles=_STYLES,
        )


def _list_control() -> Iterator[Proof]:
    for name, config in (
        ("control, 0 ranks", SMALL),
        ("control, 2 ranks", replace(SMALL, tree_registers=2)),
        ("carry control", SMALL_CARRY),
    ):
        yield Proof(
            name=name,
            claim="no component's assumption is broken; busy, error and cycles are exact",
            build=partial(state_held_control, config),
            styles=_STYLES,
        )
    for name, config in (("outputs", SMALL), ("carry outputs", SMALL_CARRY)):
        yield Proof(
            name=name,
            claim="no output depends on an input of the same cycle",
            build=partial(state_registered_outputs, config),
            method="structure",
            styles=_STYLES,
        )
