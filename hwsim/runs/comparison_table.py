"""The differences of two runs on a terminal."""

from typing import Any

import click

from hwsim.console import print_table
from hwsim.display import TextTable, render_html
from hwsim.runs.comparison import RunComparison

_WIDTH = 24  # of a text or a hash


def print_run_comparison(comparison: RunComparison) -> None:
    """Print a table of settings and one of results, each only with what differs."""
    for table in tabulate_run_comparison(comparison):
        if table.rows:
            print_table(*table)
        else:
            click.echo(f"{table.title}: none")
    click.echo(count_equal(comparison))


def show_run_comparison(comparison: RunComparison) -> str:
    """Return the same as HTML, for a notebook."""
    return render_html(*tabulate_run_comparison(comparison), count_equal(comparison))


def tabulate_run_comparison(comparison: RunComparison) -> tuple[TextTable, TextTable]:
    """Return the settings and the results that differ."""
    settings, results = (
        TextTable(
            title,
            ("", *comparison.runs, "ratio"),
            [
                (
                    difference.quantity,
                    _format(difference.first),
                    _format(difference.second),
                    "" if difference.ratio is None else f"{difference.ratio:.4g}",
                )
                for difference in differences
            ],
        )
        for title, differences in (
            ("Settings that differ", comparison.settings),
            ("Results that differ", comparison.results),
        )
    )
    return settings, results


def count_equal(comparison: RunComparison) -> str:
    """Return how many results do not differ."""
    return f"{comparison.equal_results} results are the same"


def _format(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}"
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}..."
