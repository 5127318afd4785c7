"""rtl.proofs.systolic.catalog: the style `systolic` is proved, and refuted when it is broken."""

import pytest
from benches.breaking import list_breaks, require_proved, require_refuted

from rtl.proofs.harness import Proof
from rtl.proofs.prover import Fault
from rtl.proofs.systolic.catalog import list_systolic_proofs

PROOFS = {proof.name: proof for proof in list_systolic_proofs()}

#: Of each proof signals that are given another value.
FAULTS = {
    "elements, row 0": {
        "dut.weight_negative": "2'b00",
    },
    "elements, row 1": {
        "dut.weight_negative": "3'b000",
        "dut.swap_wave": "2'b11",  # weights are taken too early
        "dut.sum_c1": "dut.sum_c0",
    },
    "elements, row 63": {
        "dut.sum_c1": "dut.sum_c0",
    },
    "grid, 2 x 2": {
        "dut.row1.activation": "a1",  # not skewed
        "dut.row1.swap": "swap",
        "dut.row1.above__0": "dut.row0.sum_c1",
        "dut.row0.positive": "dut.row1.positive",
    },
    "grid, 3 x 2": {
        "dut.row2.activation": "a2",
    },
    "word accumulator, 2 tokens": {
        "dut.next_again": "1'b0",  # nothing comes from the registers
        "dut.next_stored": "1'b0",  # nor from the memory
        "dut.complete": "dut.now",
        "dut.products__0": "dut.products__1",
    },
    "word accumulator, 3 tokens": {
        "dut.complete": "dut.now",
    },
    "grid control": {
        "dut.core.accumulator.next_last": "dut.core.intake.last",  # too early
        "dut.core.loader.hold": "1'b0",
        "dut.core.grid.positive__1": "dut.core.grid.positive__0",
    },
    "grid outputs": {
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
