"""Proofs that must hold, and the faults that must refute them."""

from collections.abc import Mapping

import pytest

from rtl.proofs.harness import Proof
from rtl.proofs.prover import Fault, prove

#: Of a proof by its name: signals, and what they are given instead of their own value.
Faults = Mapping[str, Mapping[str, str]]


def list_breaks(proofs: Mapping[str, Proof], faults: Faults) -> list[object]:
    """Return the parameters of a test that plants each fault: proof and fault."""
    return [
        pytest.param(proofs[name], Fault(signal=signal, value=value), id=f"{name}: {signal}")
        for name, its_faults in faults.items()
        for signal, value in its_faults.items()
    ]


def require_proved(proof: Proof) -> None:
    """Fail with Yosys' words unless `proof` holds."""
    result = prove(proof)
    assert result.outcome == "proved", result.report
    assert result.name == proof.name


def require_refuted(proof: Proof, fault: Fault) -> None:
    """Fail unless `proof` has a counterexample in the broken design."""
    assert prove(proof, fault).outcome == "refuted"
