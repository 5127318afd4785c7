"""The table of published numbers beside ours."""

from collections.abc import Sequence

from reports.records import Record
from reports.tables import Cell, Table, make_table, show_deviation, show_number, show_text


def tabulate_claims(claims: Sequence[Record]) -> Table:
    """Return one row a published number: theirs, ours, deviation, verdict."""
    rows = []
    for claim in claims:
        unit = "×" if claim["unit"] == "x" else f" {claim['unit']}"
        drifted = claim["drifted"]
        verdict = claim["verdict"] + (" (out of tolerance)" if drifted else "")
        rows.append(
            (
                show_text(claim["label"]),
                show_text(f"{claim['source']}, {claim['place']}"),
                show_text(claim["origin"], tone=""),
                Cell(text=f"{claim['printed']}{unit}", sort=float(claim["published"])),
                show_number(claim["ours"], unit, max(count_digits(claim["printed"]), 3)),
                show_deviation(claim["deviation"]),
                show_text(verdict, tone="bad" if drifted else None),
                show_text(claim["note"]),
            )
        )
    return make_table(
        "table-claims",
        "Published numbers, and the same numbers computed anew",
        ("claim", "where", "origin", "published", "ours", "deviation", "verdict", "note"),
        rows,
    )


def count_digits(printed: str) -> int:
    """Return the significant digits of a number as printed.

    >>> count_digits("71.4"), count_digits("0.0173")
    (3, 3)
    """
    return len(printed.replace(".", "").replace(",", "").lstrip("0"))
