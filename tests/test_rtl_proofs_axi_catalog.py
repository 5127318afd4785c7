"""rtl.proofs.axi.catalog: the AXI core is proved, and refuted when it is broken."""

import pytest
from benches.breaking import list_breaks, require_proved, require_refuted

from rtl.proofs.axi.catalog import list_axi_proofs
from rtl.proofs.harness import Proof
from rtl.proofs.prover import Fault

PROOFS = {proof.name: proof for proof in list_axi_proofs()}

#: Of each proof signals that are given another value.
FAULTS = {
    "packets, weights": {
        "dut.last_beat": "1'b1",
    },
    "packets, activations": {
        "dut.last_token": "1'b1",
    },
    "packets, results": {
        "dut.last_tile": "1'b1",
        "dut.folds.last_fold": "1'b1",
        "dut.folds.advance": "transfer",
    },
    "sender": {
        "dut.room": "1'b1",  # a beat is overwritten before it is taken
        "dut.packets__tlast": "last",  # it changes while it waits
        "dut.closing": "1'b0",
        "dut.unfinished": "1'b1",  # a packet that has not begun is closed
    },
    "handshakes": {
        "dut.control.target.read": "s_axi_arvalid",
        "dut.weights_wrong": "1'b0",
        "dut.array.command__ready": "1'b0",  # a command is offered and not taken
    },
    "AXI outputs": {
        "s_axis_weights_tready": "s_axis_weights_tvalid",
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
