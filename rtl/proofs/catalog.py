"""All proofs by induction or structure, each with its sizes."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from rtl.config import ArrayConfig
from rtl.proofs.accumulator import state_accumulator, state_no_overflow
from rtl.proofs.array import state_control, state_registered_outputs
from rtl.proofs.axi import state_axi_outputs, state_handshakes, state_packets, state_sender
from rtl.proofs.decoder import state_decoder
from rtl.proofs.dot import state_adders, state_dot_product, state_tree
from rtl.proofs.harness import Proof
from rtl.proofs.intake import state_intake
from rtl.proofs.loader import state_loader
from rtl.proofs.plans import check_plan, check_range
from rtl.proofs.queue import state_queue
from rtl.proofs.sequencer import state_fold_counter
from rtl.proofs.systolic import state_grid, state_row
from rtl.proofs.table import list_table_proofs
from rtl.proofs.words import state_word_accumulator
from rtl.tree.compressor import plan_accumulation, plan_tree

#: Three lanes, two tokens, tiles of two beats: the least in which all that can interleave does.
SMALL = ArrayConfig(lanes=3, columns=1, token_depth=2, accumulator_width=10, weight_bus_bits=4)
SMALL_CARRY = replace(SMALL, columns=2, weight_bus_bits=6, tree_registers=1, adders="carry")
SMALL_GRID = ArrayConfig(
    style="systolic", lanes=2, columns=2, token_depth=2, accumulator_width=10, weight_bus_bits=4
)


def list_proofs() -> Iterator[Proof]:
    """Yield the proofs that together take less than a minute of CPU time."""
    yield Proof(
        name="adders",
        claim="full and half adders give the sum of their bits",
        build=partial(state_adders, columns=3),
        styles=("tree",),
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
        styles=("tree",),
    )
    yield Proof(
        name="accumulator, 3 tokens",
        claim="each beat is added to its token's sum, also of two in a row",
        build=partial(
            state_accumulator,
            ArrayConfig(lanes=2, columns=1, token_depth=3, accumulator_width=12, weight_bus_bits=2),
        ),
        styles=("tree",),
    )
    for width in (9, 21, 22, 32):
        config = ArrayConfig(lanes=1, columns=1, weight_bus_bits=2, accumulator_width=width)
        yield Proof(
            name=f"no overflow, {width} bits",
            claim=f"{width} bits hold every sum of up to {config.max_reduction} products",
            build=partial(state_no_overflow, config),
        )
    yield from _list_loaders()
    for depth, strip in ((1, 1), (3, 1), (4, 1), (2, 3)):
        config = ArrayConfig(
            lanes=2, columns=1, token_depth=depth, accumulator_width=12, weight_bus_bits=2
        )
        if strip > 1:
            config = replace(config, style="table", group=2, strip_depth=strip)
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
    yield from _list_grids()
    yield from list_table_proofs()
    yield from _list_arrays()
    yield from _list_axi()


def _list_axi() -> Iterator[Proof]:
    config = replace(SMALL, style="table", group=2, strip_depth=2, token_depth=3)
    for stream in ("weights", "activations", "results"):
        yield Proof(
            name=f"packets, {stream}",
            claim="the last beat of a matmul is told",
            build=partial(state_packets, config, stream),
        )
    yield Proof(
        name="sender",
        claim="beats are sent once and in order; what is offered stays; packets are closed",
        build=partial(state_sender, 3),
    )
    yield Proof(
        name="handshakes",
        claim="what AXI offers stays until it is taken; a packet of the wrong length is flagged",
        build=partial(state_handshakes, SMALL),
    )
    yield Proof(
        name="AXI outputs",
        claim="no output of the AXI core depends on an input of the same cycle",
        build=partial(state_axi_outputs, SMALL),
        method="structure",
    )


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
            styles=("tree",),
        )


def _list_trees(*sizes: tuple[int, int]) -> Iterator[Proof]:
    for lanes, registers in sizes:
        config = ArrayConfig(lanes=lanes, columns=1, weight_bus_bits=2, tree_registers=registers)
        yield Proof(
            name=f"tree, {lanes} lanes, {registers} ranks",
            claim="each lane selects +a, -a - 1 or 0; each adder adds the plan's bits",
            build=partial(state_tree, config),
            styles=("tree",),
        )


def _list_loaders() -> Iterator[Proof]:
    two_bit = ArrayConfig(
        lanes=2, columns=2, token_depth=3, accumulator_width=12, weight_bus_bits=3
    )
    five_trit = replace(two_bit, lanes=6, columns=1, weight_bus_bits=9, packing="five-trit")
    for config in (two_bit, five_trit):
        yield Proof(
            name=f"decoder, {config.packing}",
            claim="a legal code gives its weights, every other one is flagged",
            build=partial(state_decoder, replace(config, weight_bus_bits=config.tile_bits)),
        )
    for config in (
        two_bit,
        replace(two_bit, weight_bus_bits=8),
        five_trit,
        replace(two_bit, style="systolic"),
    ):
        yield Proof(
            name=f"loader, {config.style}, {config.packing}, {config.beats_per_tile} beats a tile",
            claim="beats become tiles, codes weights; an illegal code is flagged",
            build=partial(state_loader, config),
            styles=(config.style,),
        )


def _list_grids() -> Iterator[Proof]:
    for lane, columns in ((0, 2), (1, 3), (63, 2)):
        yield Proof(
            name=f"elements, row {lane}",
            claim="each adds its a * w to the sum from above, exactly, and swaps in its cycle",
            build=partial(state_row, lane, columns),
            styles=("systolic",),
        )
    for lanes in (2, 3):
        config = replace(SMALL_GRID, lanes=lanes)
        yield Proof(
            name=f"grid, {lanes} x 2",
            claim="a beat's dot products leave together, with the weights of its fold",
            build=partial(state_grid, config),
            styles=("systolic",),
        )
    for depth in (2, 3):
        config = replace(SMALL_GRID, token_depth=depth)
        yield Proof(
            name=f"word accumulator, {depth} tokens",
            claim="each beat is added to its token's sum, also of two in a row",
            build=partial(state_word_accumulator, config),
            styles=("systolic",),
        )
    yield Proof(
        name="subtracting accumulator",
        claim="each beat is added to its token's sum or subtracted from it, also of two in a row",
        build=partial(state_word_accumulator, SMALL_CARRY, subtracts=True),
        styles=("tree",),
    )


def _list_arrays() -> Iterator[Proof]:
    for registers in (0, 2):
        config = ArrayConfig(**{**vars(SMALL), "tree_registers": registers})
        yield Proof(
            name=f"control, {registers} ranks",
            claim="no component's assumption is broken; busy, error and cycles are exact",
            build=partial(state_control, config),
            styles=("tree",),
        )
    for name, config in (("carry control", SMALL_CARRY), ("grid control", SMALL_GRID)):
        yield Proof(
            name=name,
            claim="no component's assumption is broken; busy, error and cycles are exact",
            build=partial(state_control, config),
            styles=(config.style,),
        )
    for name, config in (("outputs", SMALL), ("grid outputs", SMALL_GRID)):
        yield Proof(
            name=name,
            claim="no output depends on an input of the same cycle",
            build=partial(state_registered_outputs, config),
            method="structure",
            styles=(config.style,),
        )
