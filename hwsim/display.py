"""Results as small tables: the same rows on a terminal and, by `_repr_html_`, in a notebook."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple


class TextTable(NamedTuple):
    """A table of texts; its first column is text, the others are numbers, aligned right."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


# What keeps energies and ratios of one cell in columns: a notebook joins blanks otherwise.
_CELL = "white-space: pre; font-variant-numeric: tabular-nums"
_CAPTION = "text-align: left; font-weight: 600; padding-top: 0.6em"


def render_html(*parts: TextTable | str) -> str:
    """Return tables and paragraphs as HTML for a notebook; everything is escaped.

    >>> render_html("1 < 2")
    '<p>1 &lt; 2</p>'
    """
    return "\n".join(
        _render_table(part) if isinstance(part, TextTable) else f"<p>{escape(part)}</p>"
        for part in parts
    )


def render_fields(title: str, fields: Mapping[str, object]) -> str:
    """Return the fields of a result as a table of names and values.

    >>> "12,345" in render_fields("a matmul", {"cycles": 12345})
    True
    """
    rows = [(name.replace("_", " "), _format(value)) for name, value in fields.items()]
    return render_html(TextTable(title, ("", "value"), rows))


def _format(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:.6g}"


def _render_table(table: TextTable) -> str:
    head = _render_row("th", table.header)
    body = "\n".join(_render_row("td", row) for row in table.rows)
    title = f'<caption style="{_CAPTION}">{escape(table.title)}</caption>'
    return f"<table>\n{title}\n<thead>\n{head}\n</thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def _render_row(tag: str, cells: Sequence[str]) -> str:
    sides = ("left", *("right" for _ in cells[1:]))
    return "<tr>{}</tr>".format(
        "".join(
            f'<{tag} style="text-align: {side}; {_CELL}">{escape(cell)}</{tag}>'
            for side, cell in zip(sides, cells, strict=True)
        )
    )
