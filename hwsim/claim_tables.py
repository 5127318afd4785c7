"""The published claims on a terminal: one table for each table or figure of a paper."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from energy.claims import ClaimResult
from energy.evaluations import published_latency_fit, published_memory_fit
from hwsim.console import console, print_table
from hwsim.numerals import format_deviation, format_number
from reports.claims_table import count_digits


def print_claims(results: Sequence[ClaimResult]) -> None:
    """Print every claim with our value, assumptions under each table, and a count at the end."""
    terminal = console()
    for (source, place), group in groupby(results, lambda result: (result.source, result.place)):
        claims = list(group)
        fitted = any(claim.fitted for claim in claims)
        header = (
            "",
            "published",
            "ours",
            *(["of it fitted"] if fitted else []),
            "off by",
            "verdict",
        )
        print_table(f"{source}, {place}", header, [_make_row(claim, fitted) for claim in claims])
        for note in dict.fromkeys(claim.note for claim in claims):
            terminal.print(f"  {note}", markup=False)
    verdicts = Counter(result.verdict for result in results)
    drifted = sum(result.drifted for result in results)
    terminal.print()
    terminal.print(f"Memory in GiB: weights + {published_memory_fit().sentence()}.")
    terminal.print(f"Latency in ms: {published_latency_fit().sentence()}.")
    counted = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items())
    terminal.print(f"{len(results)} numbers: {counted}; {drifted} drifted beyond their tolerance.")


def _make_row(claim: ClaimResult, fitted: bool) -> tuple[str, ...]:
    if claim.ours is None:
        cells = ("", *([""] if fitted else []), "")
    else:
        part = "" if not claim.fitted else format_number(claim.fitted)
        off = "" if claim.deviation is None else format_deviation(claim.deviation)
        ours = format_number(claim.ours, max(count_digits(claim.printed), 3))
        cells = (ours, *([part] if fitted else []), off)
    published = f"{claim.printed} {claim.unit}"
    if claim.origin == "calculated":
        published = f"({published})"
    drifted = ", DRIFTED" if claim.drifted else ""
    return claim.label, published, *cells, claim.verdict + drifted
