"""What commands share: results on stdout, as a table or as JSON, and progress on stderr."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from workloads.progress import Report, report_nothing

if TYPE_CHECKING:
    from rich.console import Console

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


def console() -> "Console":
    """Return the terminal for results; at least 80 columns wide, plain where it is not one."""
    from rich.console import Console

    terminal = Console(highlight=False)
    return terminal if terminal.is_terminal else Console(highlight=False, width=100)


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table whose first column is text and whose others are right-aligned."""
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for index, name in enumerate(header):
        table.add_column(name, justify="right" if index else "left", no_wrap=not index)
    for row in rows:
        table.add_row(*row)
    console().print(table)


@contextmanager
def progress(description: str) -> Iterator[Report]:
    """Show a progress bar on stderr while the block runs; silent when stderr is no terminal.

    The bar pulses until a share above 0 is reported.
    """
    if not sys.stderr.isatty():
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
