"""All proofs by induction or structure: those of the parts that arrays share, and of each style."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from rtl.config import ArrayConfig
from rtl.proofs.axi.catalog import list_axi_proofs
from rtl.proofs.decoder import state_decoder
from rtl.proofs.harness import Proof
from rtl.proofs.intake import state_intake
from rtl.proofs.loader import state_loader
from rtl.proofs.overflow import state_no_overflow
from rtl.proofs.queue import state_queue
from rtl.proofs.sequencer import state_fold_counter
from rtl.proofs.systolic.catalog import list_systolic_proofs
from rtl.proofs.table.catalog import list_table_proofs
from rtl.proofs.tree.catalog import list_long_tree_proofs, list_tree_proofs

_TWO_BIT = ArrayConfig(lanes=2, columns=2, token_depth=3, accumulator_width=12, weight_bus_bits=3)
_FIVE_TRIT = replace(_TWO_BIT, lanes=6, columns=1, weight_bus_bits=9, packing="five-trit")


def list_proofs() -> Iterator[Proof]:
    """Yield the proofs that together take less than a minute of CPU time."""
    yield from list_shared_proofs()
    yield from list_tree_proofs()
    yield from list_systolic_proofs()
    yield from list_table_proofs()
    yield from list_axi_proofs()


def list_long_proofs() -> Iterator[Proof]:
    """Yield the proofs of the largest sizes: minutes of CPU time."""
    yield from list_long_tree_proofs()


def list_shared_proofs() -> Iterator[Proof]:
    """Yield the proofs of what arrays of several styles have."""
    for width in (9, 21, 22, 32):
        config = ArrayConfig(lanes=1, columns=1, weight_bus_bits=2, accumulator_width=width)
        yield Proof(
            name=f"no overflow, {width} bits",
            claim=f"{width} bits hold every sum of up to {config.max_reduction} products",
            build=partial(state_no_overflow, config),
        )
    yield from _list_weights()
    for depth, strip in ((1, 1), (3, 1), (2, 3)):
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


def _list_weights() -> Iterator[Proof]:
    for config in (_TWO_BIT, _FIVE_TRIT):
        yield Proof(
            name=f"decoder, {config.packing}",
            claim="a legal code gives its weights, every other one is flagged",
            build=partial(state_decoder, replace(config, weight_bus_bits=config.tile_bits)),
        )
    for config in (
        _TWO_BIT,
        replace(_TWO_BIT, weight_bus_bits=8),
        _FIVE_TRIT,
        replace(_TWO_BIT, style="systolic"),
        replace(_FIVE_TRIT, style="systolic"),
    ):
        yield Proof(
            name=f"loader, {config.style}, {config.packing}, {config.beats_per_tile} beats a tile",
            claim="beats become tiles, codes weights; an illegal code is flagged",
            build=partial(state_loader, config),
            styles=(config.style,),
        )
