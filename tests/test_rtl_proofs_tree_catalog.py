"""rtl.proofs.tree.catalog: the style `tree` is proved, and refuted when it is broken."""

import pytest
from benches.breaking import list_breaks, require_proved, require_refuted

from rtl.proofs.harness import Proof
from rtl.proofs.prover import Fault, prove
from rtl.proofs.tree.catalog import list_long_tree_proofs, list_tree_proofs

PROOFS = {proof.name: proof for proof in list_tree_proofs()}

#: Of each proof signals that are given another value.
FAULTS = {
    "adders": {
        "dut.adder_b0_0_carry": "dut.adder_b0_0_half",
        "dut.adder_b0_1_sum": "bit3",
    },
    "dot product, 1 lanes, 0 ranks": {
        "dut.lane0_b7": "dut.lane0_b6",  # the sign is lost
    },
    "dot product, 2 lanes, 0 ranks": {
        "dut.lane0_b7": "dut.lane0_b6",
        "dut.lane1_b0": "dut.lane0_b0",  # the wrong lane
        "dut.s1_b3_3_carry": "1'b0",
        "dut.rows__0": "dut.rows__1",  # rows of another place
    },
    "dot product, 3 lanes, 0 ranks": {
        "dut.lane2_b0": "dut.lane1_b0",
    },
    "dot product, 2 lanes, 2 ranks": {
        "dut.rows__0": "dut.rows__1",
    },
    "tree, 3 lanes, 1 ranks": {
        "dut.lane2_b7": "a2[7]",
    },
    "tree, 16 lanes, 0 ranks": {
        "dut.lane15_b7": "a15[7]",  # the sign bit is not inverted
        "dut.s1_b0_0_carry": "1'b0",
    },
    "signed tree, 3 lanes, 1 ranks": {
        "dut.looked_up_1": "1'b0",  # nothing is subtracted
    },
    "accumulator, 2 tokens": {
        "dut.next_again": "1'b0",  # nothing comes from the register
        "dut.bias_now": "bias",  # a beat that is not the first starts again
        "dut.complete": "dut.now",
        "dut.ripple_b8_8_carry": "2'b00",
    },
    "accumulator, 3 tokens": {
        "dut.complete": "dut.now",
    },
    "subtracting accumulator": {
        "dut.negative": "2'b00",
        "dut.sum_c0": "dut.partial_sums_c0[0]",
    },
    "control, 0 ranks": {
        "dut.core.intake.allowed": "1'b1",  # with no tile or no place
        "dut.core.reserve": "1'b0",  # a result without a place
        "dut.queue.write": "dut.core.accumulator.now",  # a partial sum as a result
        "dut.core.accumulator.next_again": "1'b1",
        "dut.core.dot.lanes__1": "dut.core.dot.lanes__0",
        "dut.command__ready": "1'b1",  # a command in the middle of a matmul
        "dut.core.bias": "3'b000",
    },
    "control, 2 ranks": {
        "dut.core.again_way": "2'b11",
    },
    "carry control": {
        "dut.core.selected_k0_c1": "dut.core.selected_k0_c0",  # another column's weight
        "dut.core.accumulator.negative": "2'b00",
    },
    "outputs": {
        "activations_ready": "activations_valid",
        "weights_ready": "results_ready",
        "results_valid": "results_ready",
    },
    "carry outputs": {
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


LONG_PROOFS = {proof.name: proof for proof in list_long_tree_proofs()}
LONG_FAULTS = {
    "dot product, 4 lanes, 0 ranks": {"dut.lane3_b0": "dut.lane2_b0"},
    "tree, 64 lanes, 0 ranks": {"dut.s1_b0_0_carry": "1'b0"},
}


@pytest.mark.slow
@pytest.mark.parametrize("proof", LONG_PROOFS.values(), ids=LONG_PROOFS)
def test_long_proof(proof: Proof) -> None:
    require_proved(proof)


@pytest.mark.slow
@pytest.mark.parametrize(("proof", "fault"), list_breaks(LONG_PROOFS, LONG_FAULTS))
def test_a_large_broken_design_is_refuted(proof: Proof, fault: Fault) -> None:
    require_refuted(proof, fault)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(signal="dut.drained", value="1'b0"),  # never idle again
        Fault(signal="dut.queue.free", value="1'b1"),
        Fault(signal="dut.error", value="1'b0"),
    ],
    ids=lambda fault: fault.signal,
)
def test_broken_control_is_refuted_after_many_cycles(fault: Fault) -> None:
    require_refuted(PROOFS["control, 0 ranks"], fault)


def test_a_needless_write_is_no_fault() -> None:
    # Completed sums may go to the memory too: their token's next beat begins anew.
    fault = Fault(signal="dut.write", value="dut.now")
    assert prove(PROOFS["accumulator, 2 tokens"], fault).outcome == "proved"
