"""rtl.proofs.catalog: what arrays share is proved, and refuted when it is broken."""

import pytest
from benches.breaking import list_breaks, require_proved, require_refuted

from rtl.proofs.catalog import list_long_proofs, list_proofs, list_shared_proofs
from rtl.proofs.harness import Proof
from rtl.proofs.prover import Fault

PROOFS = {proof.name: proof for proof in list_shared_proofs()}

#: Of each proof signals that are given another value.
FAULTS = {
    "decoder, two-bit": {
        "dut.illegal_codes": "4'b0000",
    },
    "decoder, five-trit": {
        "dut.trit0_one3": "dut.trit0_two3",
        "dut.trit1_quotient6": "dut.trit1_quotient5",
        "dut.trit3_quotient2": "dut.trit3_quotient3",
        "dut.illegal_codes": "2'b00",
    },
    "loader, tree, two-bit, 4 beats a tile": {
        "dut.illegal": "1'b0",
        "dut.swap": "dut.full",  # a tile in use is overwritten
        "dut.positive0_beat0": "dut.negative0_beat0",
        "dut.accept": "offered",  # beats are taken that are not transferred
    },
    "loader, tree, two-bit, 1 beats a tile": {
        "dut.more": "1'b1",  # more than the matmul's tiles
    },
    "loader, tree, five-trit, 2 beats a tile": {
        "dut.beat": "2'b01",
    },
    "loader, systolic, two-bit, 4 beats a tile": {
        "dut.hold": "1'b0",  # the next tile comes before all have copied this one
    },
    "loader, systolic, five-trit, 2 beats a tile": {
        "dut.positive0_latest": "dut.negative0_latest",
    },
    "loop nest, 1 tokens": {
        "dut.running": "1'b1",
    },
    "loop nest, 3 tokens": {
        "dut.strips.last": "1'b1",
        "dut.first_tile": "dut.running",
        "dut.next_last_fold": "dut.last_fold",
    },
    "loop nest, 2 tokens": {
        "dut.strip_end": "2'b10",  # the last strip is no narrower
    },
    "intake, 1 tokens": {
        "dut.next_last": "dut.last",
    },
    "intake, 3 tokens": {
        "dut.accept": "offered",
        "dut.next_behind": "2'b00",
    },
    "intake, 2 tokens": {"dut.activations__ready": "1'b1"},
    "queue, 3 places": {
        "dut.free": "1'b1",  # overflow
        "dut.results__valid": "1'b1",  # underflow
        "dut.leave": "ready",
        "dut.head": "dut.tail",  # the payload changes while it waits
    },
    "queue, 5 places": {
        "dut.next_free": "1'b1",
    },
}


@pytest.mark.parametrize("proof", PROOFS.values(), ids=PROOFS)
def test_proof(proof: Proof) -> None:
    require_proved(proof)


@pytest.mark.parametrize(("proof", "fault"), list_breaks(PROOFS, FAULTS))
def test_a_broken_design_is_refuted(proof: Proof, fault: Fault) -> None:
    require_refuted(proof, fault)


def test_every_proof_is_broken() -> None:
    assert FAULTS.keys() == {name for name in PROOFS if not name.startswith("no overflow")}


def test_all_names_differ() -> None:
    names = [proof.name for proof in (*list_proofs(), *list_long_proofs())]
    assert len(set(names)) == len(names)
    assert PROOFS.keys() < set(names)
