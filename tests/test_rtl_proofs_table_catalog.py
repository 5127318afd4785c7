"""rtl.proofs.table.catalog: the style `table` is proved, and refuted when it is broken."""

import pytest
from benches.breaking import list_breaks, require_proved, require_refuted

from rtl.proofs.harness import Proof
from rtl.proofs.prover import Fault
from rtl.proofs.table.catalog import list_table_proofs

PROOFS = {proof.name: proof for proof in list_table_proofs()}

#: Of each proof signals that are given another value.
FAULTS = {
    "group, 2 lanes": {
        "dut.negative": "1'b0",
        "dut.is_code0": "1'b0",  # weights that are not found
        "dut.addresses__2": "dut.addresses__0",
        "dut.illegal": "1'b0",
    },
    "group, 3 lanes": {
        "dut.addresses__3": "dut.addresses__0",
    },
    "weights of a group, 2 lanes": {
        "dut.negative": "dut.is_code0",
        "dut.addresses__0": "dut.addresses__1",
    },
    "weights of a group, 3 lanes": {
        "dut.negative": "dut.is_code0",
    },
    "walk, 2 lanes": {
        "dut.chosen0": "a0",  # one lane alone
        "dut.subtracts": "1'b0",  # -a - 1 for -a
        "dut.lane": "1'b1",
        "dut.entry0": "9'b0",
    },
    "walk, 3 lanes": {
        "dut.subtracts": "1'b0",
    },
    "tables, 2 lanes": {
        "dut.read_set": "1'b0",  # both sets in one
        "dut.enable": "dut.read_set",
        "dut.lowest0_0": "dut.lowest0_1",
        "dut.found0_c0": "8'b0",
    },
    "tables, 3 lanes": {
        "dut.read_set": "1'b0",
    },
    "signed tree, 1 groups, 1 ranks": {
        "dut.looked_up_0": "1'b0",
    },
    "signed tree, 2 groups, 0 ranks": {
        "dut.looked_up_1": "1'b0",
    },
    "signed tree, 3 groups, 2 ranks": {
        "dut.looked_up_1": "1'b0",  # nothing is subtracted
        "dut.rank1_0_sign_1": "1'b1",
        "dut.rank2_0_sign_0": "1'b1",
        "dut.rank1_0_0_0": "10'b0",
    },
    "words, 4 sums": {
        "dut.partial_c0": "10'b0",
        "dut.next_word": "2'b00",
        "dut.complete": "dut.now",
        "dut.sum_c1": "dut.sum_c0",
    },
    "words, 4 sums, written late": {
        "dut.word_late": "dut.word",
    },
    "slots, 1 tiles, 2 lanes": {
        "dut.read_set": "dut.write_set",  # tables are looked up that are being written
    },
    "slots, 3 tiles, 2 lanes": {
        "dut.last_tile_here": "1'b1",  # tiles are left out
        "dut.mature": "1'b1",  # a slot is too short
        "dut.allowed": "1'b1",  # with no fold or no place
        "dut.taken": "dut.write",  # a table with one entry
    },
    "slots, 7 tiles, 2 lanes": {
        "dut.left_here": "3'b111",
    },
    "slots, 2 tiles, 3 lanes": {
        "dut.mature": "1'b1",
    },
    "word order": {
        "dut.next_word": "3'b000",
    },
    "store, two-bit, 2 tiles": {
        "dut.swap": "dut.full",  # a strip in use is overwritten
        "dut.reads": "dut.fills",  # what fills is read
        "dut.stage.positive0": "dut.stage.negative0",
        "dut.illegal": "1'b0",
        "dut.more": "1'b1",  # more than the matmul's strips
        "dut.ends_strip": "1'b1",  # strips of one tile
    },
    "store, two-bit, 3 tiles": {
        "dut.reads": "dut.fills",
    },
    "store, group, 2 tiles": {
        "dut.illegal": "1'b0",
        "dut.stage.negative": "3'b000",
    },
    "store, five-trit, 1 tiles": {
        "dut.stage.positive4": "1'b0",
    },
    "table control": {
        "dut.core.reserve": "1'b0",  # a result without a place
        "dut.core.tables.next_set": "dut.core.slots.write_set",
        "dut.core.adders.next_negative__0": "dut.core.store.negative__1",  # another group's signs
        "dut.core.slots.next_active": "1'b1",  # a slot without its strip
        "dut.command__ready": "1'b1",
        "dut.core.store.retire": "dut.core.slots.slot_ends",  # a strip is dropped that is needed
    },
    "table control, group": {
        "dut.core.accumulator.next_ends": "dut.core.slots.ends",
    },
    "table outputs": {
        "results_valid": "results_ready",
    },
}


@pytest.mark.parametrize("proof", PROOFS.values(), ids=PROOFS)
def test_proof(proof: Proof) -> None:
    require_proved(proof)


@pytest.mark.parametrize(("proof", "fault"), list_breaks(PROOFS, FAULTS))
def test_a_broken_design_is_refuted(proof: Proof, fault: Fault) -> None:
    require_refuted(proof, fault)


def test_every_proof_is_broken() -> None:
    assert FAULTS.keys() == PROOFS.keys()
