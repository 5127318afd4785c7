"""A table as the page shows it: text for the reader, and in each cell a key for sorting."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reports.notation import (
    format_deviation,
    format_percent,
    format_quantity,
    format_ratio,
    format_significant,
)

DASH = "–"
TONES = {
    "reproduced": "good",
    "reproduced with stated assumption": "good",
    "published": "good",
    "measured": "good",
}


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell.

    Attributes
    ----------
    text : what is shown; the page escapes it.
    sort : what a sorted column compares; None (nothing to compare) comes last.
    tone : ``good``, ``bad`` or empty.
    """

    text: str
    sort: float | str | None
    tone: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of the report; `numeric` says which of its `columns` hold numbers."""

    key: str
    caption: str
    columns: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[Cell, ...], ...]


def make_table(
    key: str, caption: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> Table:
    """Return a table; a column is numeric if no cell of it sorts as text."""
    listed = tuple(tuple(row) for row in rows)
    numeric = tuple(
        not any(isinstance(row[index].sort, str) for row in listed) for index in range(len(columns))
    )
    return Table(key=key, caption=caption, columns=tuple(columns), numeric=numeric, rows=listed)


def show_text(text: str, tone: str | None = None) -> Cell:
    """Return a cell of text, whose tone follows from its meaning unless it is given."""
    return Cell(text=text, sort=text, tone=TONES.get(text, "") if tone is None else tone)


def show_count(value: int) -> Cell:
    """Return a cell with an exact number."""
    return Cell(text=f"{value:,}", sort=float(value))


def show_number(value: float | None, suffix: str = "", digits: int = 3) -> Cell:
    """Return a cell with a few significant digits and a suffix, or a dash for None."""
    if value is None:
        return Cell(text=DASH, sort=None)
    return Cell(text=format_significant(value, digits) + suffix, sort=float(value))


def show_ratio(value: float | None) -> Cell:
    """Return a cell with a ratio, or a dash where one of the two is nothing."""
    return Cell(text=format_ratio(value), sort=float(value) if value else None)


def show_percent(share: float) -> Cell:
    """Return a cell with a share of 1 as percent."""
    return Cell(text=format_percent(share), sort=float(share))


def show_deviation(share: float | None) -> Cell:
    """Return a cell with a deviation as signed percent, or a dash for None."""
    if share is None:
        return Cell(text=DASH, sort=None)
    return Cell(text=format_deviation(share), sort=float(share))


def show_quantity(value: float, unit: str) -> Cell:
    """Return a cell with a value in `unit`, shown with a prefix."""
    return Cell(text=format_quantity(value, unit), sort=float(value))
