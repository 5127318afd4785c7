"""What commands share: results on stdout, as a table or as JSON, and progress on stderr."""

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, cast

import click

from workloads.progress import Report, report_nothing

if TYPE_CHECKING:
    from rich.console import Console, JustifyMethod
    from rich.table import Table

_UNLIMITED = 10_000  # columns

# Of the commands whose JSON is no longer version 1: a key was removed or means something else.
_JSON_VERSIONS: dict[str, int] = {}

json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


def print_json(data: Mapping[str, object] | Sequence[object]) -> None:
    """Write a command's result to stdout as one JSON object; NaN and infinity are refused.

    The object begins with its schema, ``hwsim.<command>/1`` unless `data` brings its own; a
    sequence stands under the command's name. docs/json.md describes each.
    """
    command = str(click.get_current_context().info_name)
    result = data if isinstance(data, Mapping) else {command: data}
    schema = {"schema": f"hwsim.{command}/{_JSON_VERSIONS.get(command, 1)}"}
    click.echo(json.dumps({**schema, **result}, indent=2, allow_nan=False))


class _TrimmedOutput:
    """stdout without the blanks that Rich leaves at the ends of lines."""

    @property
    def encoding(self) -> str:
        return sys.stdout.encoding

    def write(self, text: str) -> int:
        return sys.stdout.write(re.sub(r" +$", "", text, flags=re.MULTILINE))

    def flush(self) -> None:
        sys.stdout.flush()


def console(width: int = 100) -> "Console":
    """Return the terminal for results; where it is none, plain and `width` columns wide."""
    from rich.console import Console

    terminal = Console(highlight=False)
    if terminal.is_terminal:
        return terminal
    return Console(highlight=False, width=width, file=cast("IO[str]", _TrimmedOutput()))


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table whose first column is text and whose others are right-aligned.

    No text is lost: on a terminal that is too narrow the columns stand in several tables, each with
    the first column; in a file or a pipe lines are as long as they need to be.
    """
    terminal = console(_UNLIMITED)
    if title:
        terminal.print(title, style="bold", markup=False)
    lines = [header, *rows]
    for first, last in _split_columns([*zip(*lines, strict=True)], terminal.width):
        terminal.print(_make_table([(line[0], *line[first:last]) for line in lines]))


def _split_columns(columns: Sequence[Sequence[str]], room: int) -> list[tuple[int, int]]:
    """Return first and last (not included) of the columns of each table: few, alike in width."""
    from rich.cells import cell_len

    head, *widths = (max(map(cell_len, column)) + 3 for column in columns)  # with what parts them

    def fill(limit: int) -> list[tuple[int, int]]:
        starts, used = [1], head
        for index, width in enumerate(widths, start=1):
            if used + width > limit and index > starts[-1]:
                starts.append(index)
                used = head
            used += width
        return [*zip(starts, [*starts[1:], len(columns)], strict=True)]

    fewest = len(fill(room - 1))
    limits = range(head + max(widths, default=0), room)
    return next(
        (tables for limit in limits if len(tables := fill(limit)) == fewest), fill(room - 1)
    )


def _make_table(lines: Sequence[Sequence[str]]) -> "Table":
    from rich import box
    from rich.table import Table
    from rich.text import Text

    header, *rows = lines
    table = Table(box=box.SIMPLE_HEAD)
    for index, name in enumerate(header):
        justify: JustifyMethod = "right" if index else "left"
        table.add_column(Text(name), justify=justify, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))  # a str would be read as markup
    return table


@contextmanager
def progress(description: str) -> Iterator[Report]:
    """Show a progress bar on stderr while the block runs; silent when stderr is no terminal.

    The bar pulses until a share above 0 is reported.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield report_nothing
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn()
    with Bar(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(description, total=None)

        def report(fraction: float, text: str) -> None:
            total = 1.0 if fraction else None  # None leaves it as it is
            bar.update(task, total=total, completed=fraction, description=text or description)

        yield report
