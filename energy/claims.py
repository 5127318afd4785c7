"""The published claims, each recomputed: published value, ours, deviation, verdict.

`evaluate_claims` computes every value anew. A claim whose value left its tolerance is `drifted`:
then either the model has changed or the promise in `claims.csv` was wrong, and tests fail.
"""

from dataclasses import asdict, dataclass
from typing import Any

from energy.evaluations import EVALUATORS
from energy.published import Claim, load_claims


@dataclass(frozen=True, kw_only=True)
class ClaimResult:
    """A claim and what came out.

    Attributes
    ----------
    claim, label, source, place, origin, unit, note : as in `energy.published.Claim`.
    published, printed : the paper's number, in `unit`; the same with the paper's digits.
    ours : our number, in `unit`; None if nothing models the claim.
    fitted : the part of `ours` that a fit to the published numbers gives, 0 if there is none.
    deviation : ours / published - 1; None likewise.
    tolerance : how far `ours` may be from the number it must give, in `unit`.
    verdict : reproduced, reproduced with stated assumption, approximated, slip of the paper (the
        paper's own formula gives our number, not the printed one), not printed (it follows from
        the paper's numbers, which do not include it), or not modelled.
    drifted : True if `ours` is outside the tolerance, so that the verdict does not hold.
    """

    claim: str
    label: str
    source: str
    place: str
    origin: str
    unit: str
    published: float
    printed: str
    ours: float | None
    fitted: float | None
    deviation: float | None
    tolerance: float
    verdict: str
    drifted: bool
    note: str

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a plain dict, for JSON or a table."""
        return asdict(self)


def evaluate_claims() -> list[ClaimResult]:
    """Return all claims with our values, in the order of `claims.csv`: the op ratio first."""
    return [evaluate_claim(claim) for claim in load_claims()]


def evaluate_claim(claim: Claim) -> ClaimResult:
    """Return one claim with our value."""
    ours = EVALUATORS[claim.evaluator](*claim.arguments) if claim.evaluator else None
    return ClaimResult(
        claim=claim.claim,
        label=claim.label,
        source=claim.source,
        place=claim.place,
        origin=claim.origin,
        unit=claim.unit,
        published=claim.published,
        printed=claim.printed,
        ours=ours and ours.value,
        fitted=ours and ours.fitted,
        deviation=ours and ours.value / claim.published - 1,
        tolerance=claim.tolerance,
        verdict=claim.verdict,
        drifted=ours is not None and not abs(ours.value - claim.expected) <= claim.tolerance,
        note=claim.note,
    )
