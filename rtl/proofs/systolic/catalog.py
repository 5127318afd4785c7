"""The proofs of what only the style `systolic` has."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from rtl.proofs.accumulator import state_word_accumulator
from rtl.proofs.array import state_registered_outputs
from rtl.proofs.harness import Proof
from rtl.proofs.held import state_held_control
from rtl.proofs.sizes import SMALL_GRID
from rtl.proofs.systolic.grid import state_grid
from rtl.proofs.systolic.row import state_row


def list_systolic_proofs() -> Iterator[Proof]:
    """Yield the proofs of elements, grid, accumulator and control."""
    styles = ("systolic",)
    for lane, columns in ((0, 2), (1, 3), (63, 2)):
        yield Proof(
            name=f"elements, row {lane}",
            claim="each adds its a * w to the sum from above, exactly, and swaps in its cycle",
            build=partial(state_row, lane, columns),
            styles=styles,
        )
    for lanes in (2, 3):
        yield Proof(
            name=f"grid, {lanes} x 2",
            claim="a beat's dot products leave together, with the weights of its fold",
            build=partial(state_grid, replace(SMALL_GRID, lanes=lanes)),
            styles=styles,
        )
    for depth in (2, 3):
        yield Proof(
            name=f"word accumulator, {depth} tokens",
            claim="each beat is added to its token's sum, also of two in a row",
            build=partial(state_word_accumulator, replace(SMALL_GRID, token_depth=depth)),
            styles=styles,
        )
    yield Proof(
        name="grid control",
        claim="no component's assumption is broken; busy, error and cycles are exact",
        build=partial(state_held_control, SMALL_GRID),
        styles=styles,
    )
    yield Proof(
        name="grid outputs",
        claim="no output depends on an input of the same cycle",
        build=partial(state_registered_outputs, SMALL_GRID),
        method="structure",
        styles=styles,
    )
