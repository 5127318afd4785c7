"""The table of what differs between two runs, settings or results."""

from collections.abc import Mapping, Sequence
from typing import Any

from reports.notation import format_significant
from reports.records import Record
from reports.tables import (
    DASH,
    Cell,
    Table,
    make_table,
    show_count,
    show_number,
    show_ratio,
    show_text,
)

# Of a hash, the digits that are shown.
HASH = 12
# Significant digits of numbers: as many as tell two apart.
DIGITS = range(3, 8)


def tabulate_differences(kind: str, names: tuple[str, str], differences: Sequence[Record]) -> Table:
    """Return a row a difference; `kind` is ``settings`` or ``results``."""
    return make_table(
        f"table-{kind}",
        f"{kind.capitalize()} that differ, by their place in run.json",
        (kind[:-1], *names, "ratio"),
        [
            (
                show_text(difference["quantity"]),
                *_show_both(difference["first"], difference["second"]),
                show_ratio(difference["ratio"]),
            )
            for difference in differences
        ],
    )


def _show_both(first: Any, second: Any) -> tuple[Cell, Cell]:
    """Return two values that differ, so that they are seen to."""
    digits = DIGITS[0]
    if isinstance(first, float) and isinstance(second, float):
        shown = (d for d in DIGITS if format_significant(first, d) != format_significant(second, d))
        digits = next(shown, DIGITS[-1])
    return _show(first, digits), _show(second, digits)


def _show(value: Any, digits: int) -> Cell:
    if isinstance(value, bool):
        return show_text(str(value).lower())
    if value is None or isinstance(value, str | Mapping | Sequence):
        return show_text(DASH if value is None else _shorten(str(value)))
    return show_count(value) if isinstance(value, int) else show_number(value, "", digits)


def _shorten(text: str) -> str:
    """Return the beginning of a hash; what has spaces stays whole."""
    return f"{text[:HASH]}…" if len(text) > 2 * HASH and " " not in text else text
