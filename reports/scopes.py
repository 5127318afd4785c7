"""The words for what an energy counts: one list for report, commands and documentation.

A scope is a base, alone or with parts joined by ``+``; the keys are what `--scope` takes (see
`energy.compositions`). The ledger's scopes climb through them: each ``+`` adds to the one before.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Word:
    """A base or part: the name that figures and tables show, and what it counts."""

    name: str
    counts: str


BASES = {
    "paper-op": Word(
        name="one operation",
        counts="an FP16 multiply-add against an INT8 add: 71.4× with the paper's prices at 7 nm",
    ),
    "paper": Word(
        name="paper's forward pass",
        counts="the paper's accounting of arithmetic, with its 12 hidden² weights a layer",
    ),
    "bitnet-2023": Word(
        name="BitNet's forward pass",
        counts="the same with a bias for every output, as BitNet (arXiv 2310.11453) counts",
    ),
    "real-shape": Word(
        name="model's own matrices",
        counts="the paper's arithmetic with the matrices that the model has",
    ),
    "array": Word(
        name="this array's arithmetic",
        counts="full adders, selectors, look-ups and weight decoders in every cycle that the array "
        "issues",
    ),
}

PARTS = {
    "true-accumulator": Word(
        name="exact sums", counts="integer adds as wide as an exact sum needs"
    ),
    "zero-skip": Word(
        name="zeros skipped", counts="no work for zero weights, at their known share"
    ),
    "activity": Word(name="measured toggles", counts="arithmetic at the toggle rate of a trace"),
    "registers": Word(name="registers", counts="the register bits that the array writes"),
    "sram": Word(name="SRAM", counts="activations and partial sums in on-chip memory"),
    "dram": Word(name="DRAM", counts="weights, keys and values moved to and from DRAM"),
    "lm-head": Word(name="LM head", counts="the FP16 LM head, equal in both models"),
}

#: The ledger's scopes, narrow to wide, as `--scope` names them; one operation is no forward pass.
LADDER = {
    "paper-op": "",
    "paper": "paper",
    "real-shape": "real-shape",
    "true-accumulator": "real-shape+true-accumulator",
    "array": "array",
    "+registers": "array+registers",
    "+sram": "array+registers+sram",
    "+dram": "array+registers+sram+dram",
    "+lm-head": "array+registers+sram+dram+lm-head",
}


def find_word(scope: str) -> Word:
    """Return the word of a base, a part, or a scope of the ledger; an unknown one names itself."""
    words = BASES | PARTS
    return words.get(scope.removeprefix("+"), Word(name=scope.removeprefix("+"), counts=""))


def name_scope(scope: str) -> str:
    """Return the name of a scope of the ledger, such as ``+ DRAM``."""
    added = scope.startswith("+") or scope in PARTS
    return f"+ {find_word(scope).name}" if added else find_word(scope).name
