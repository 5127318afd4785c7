"""The proofs of what only the style `table` has."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from rtl.config import ArrayConfig
from rtl.proofs.adders import state_signed_tree
from rtl.proofs.array import state_registered_outputs
from rtl.proofs.harness import Proof
from rtl.proofs.sizes import SMALL_GROUPS, SMALL_TABLE
from rtl.proofs.table.accumulator import state_words
from rtl.proofs.table.control import state_table_control
from rtl.proofs.table.recoder import state_group
from rtl.proofs.table.slots import state_slots
from rtl.proofs.table.sums import state_tables, state_walk
from rtl.proofs.table.weights import state_store
from rtl.proofs.table.words import state_words_order

_STYLES = ("table",)
_GROUP = ArrayConfig(style="table", group=2, lanes=2, columns=1, weight_bus_bits=2)


def list_table_proofs() -> Iterator[Proof]:
    """Yield the proofs of tables, trees, partial sums, and of what decides when each is used."""
    yield from _list_sums()
    yield from _list_order()
    for name, config in (("table control", SMALL_TABLE), ("table control, group", SMALL_GROUPS)):
        yield Proof(
            name=name,
            claim="no component's assumption is broken; busy, error and cycles are exact",
            build=partial(state_table_control, config),
            styles=_STYLES,
        )
    yield Proof(
        name="table outputs",
        claim="no output depends on an input of the same cycle",
        build=partial(state_registered_outputs, SMALL_TABLE),
        method="structure",
        styles=_STYLES,
    )


def _list_sums() -> Iterator[Proof]:
    for group in (2, 3):
        config = replace(_GROUP, group=group, lanes=group)
        packed = replace(config, packing="group", weight_bus_bits=group + 2)
        for name, claim, build in (
            (
                "group",
                "a code finds the sum of its weights times any activations, or its negative",
                partial(state_group, packed),
            ),
            (
                "weights of a group",
                "weights find the sum of their products, negated if their code says so",
                partial(state_group, config),
            ),
            (
                "walk",
                "one addition a step gives every sum of a table",
                partial(state_walk, config),
            ),
            (
                "tables",
                "a look-up finds what was written, in each of the two sets",
                partial(state_tables, config),
            ),
        ):
            yield Proof(name=f"{name}, {group} lanes", claim=claim, build=build, styles=_STYLES)
    for groups, ranks in ((1, 1), (2, 0), (3, 2)):
        yield Proof(
            name=f"signed tree, {groups} groups, {ranks} ranks",
            claim="the total is the sum of the terms, each negated if its sign says so",
            build=partial(
                state_signed_tree, replace(_GROUP, lanes=2 * groups, tree_registers=ranks)
            ),
            styles=_STYLES,
        )
    config = replace(_GROUP, token_depth=2, strip_depth=2, accumulator_width=10)
    for name, array in (
        ("words, 4 sums", replace(config, columns=2)),
        ("words, 4 sums, written late", replace(config, tree_registers=1)),
    ):
        yield Proof(
            name=name,
            claim="each total is added to its word's sum, or begins it",
            build=partial(state_words, array),
            styles=_STYLES,
        )


def _list_order() -> Iterator[Proof]:
    for depth, group in ((1, 2), (3, 2), (7, 2), (2, 3)):
        yield Proof(
            name=f"slots, {depth} tiles, {group} lanes",
            claim="every tile is looked up once a slot, in tables that stay until the slot is over",
            build=partial(state_slots, replace(_GROUP, strip_depth=depth, group=group)),
            styles=_STYLES,
        )
    yield Proof(
        name="word order",
        claim="each token's and tile's sum has a word of its own, which does not come too soon",
        build=partial(state_words_order, replace(_GROUP, token_depth=2, strip_depth=3)),
        styles=_STYLES,
    )
    store = replace(SMALL_TABLE, columns=2, accumulator_width=12, weight_bus_bits=6)
    for config in (
        store,
        replace(store, columns=1, strip_depth=3),
        replace(store, packing="group", weight_bus_bits=12),
        replace(
            store,
            packing="five-trit",
            group=3,
            lanes=6,
            columns=1,
            strip_depth=1,
            weight_bus_bits=9,
        ),
    ):
        yield Proof(
            name=f"store, {config.packing}, {config.strip_depth} tiles",
            claim="a strip is read as it came, and is not overwritten while it is read",
            build=partial(state_store, config),
            styles=_STYLES,
        )
