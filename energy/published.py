"""The published claims as data: one row of `claims.csv` a number, with what is promised of it."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CLAIMS_CSV = Path(__file__).with_name("claims.csv")

VERDICTS = (
    "reproduced",
    "reproduced with stated assumption",
    "approximated",
    "slip of the paper",
    "not printed",
    "not modelled",
)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One number and how far our own may be from it.

    Attributes
    ----------
    claim : name, unique; `label` says the same to a reader of a table.
    source, place : paper with arXiv number; table or figure.
    origin : ``published``, or ``calculated`` for a number that no paper prints.
    evaluator, arguments : function of `energy.evaluations` and its arguments; empty if nothing
        models the claim.
    published, printed : the number, in `unit`; the same with the paper's digits.
    expected : what our value must be near; differs from `published` only for a paper's slip.
    tolerance : largest distance of our value from `expected`, in `unit`.
    verdict : one of `VERDICTS`.
    note : the stated assumption, or a remark.
    """

    claim: str
    label: str
    source: str
    place: str
    origin: str
    evaluator: str
    arguments: tuple[str, ...]
    unit: str
    published: float
    printed: str
    expected: float
    tolerance: float
    verdict: str
    note: str


@cache
def load_claims() -> tuple[Claim, ...]:
    """Return the rows of `claims.csv` in their order, op ratio first."""
    with CLAIMS_CSV.open(newline="", encoding="utf-8") as file:
        return tuple(_make_claim(row) for row in csv.DictReader(file))


def _make_claim(row: dict[str, str]) -> Claim:
    texts = ("claim", "label", "source", "place", "origin", "evaluator", "unit", "verdict", "note")
    published = float(row["published"])
    expected = float(row["expected"] or published)
    return Claim(
        **{name: row[name] for name in texts},
        arguments=tuple(row["arguments"].split()),
        published=published,
        printed=row["published"],
        expected=expected,
        tolerance=_parse_tolerance(row["tolerance"], expected),
    )


def _parse_tolerance(text: str, expected: float) -> float:
    """Return an absolute tolerance; ``4%`` is relative to `expected`, empty is none."""
    if text.endswith("%"):
        return float(text[:-1]) / 100 * expected
    return float(text or 0)
