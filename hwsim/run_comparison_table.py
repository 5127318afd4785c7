"""The differences of two runs on a terminal."""

from typing import Any

import click

from hwsim.console import print_table
from hwsim.run_comparison import RunComparison

_WIDTH = 24  # of a text or a hash


def print_run_comparison(comparison: RunComparison) -> None:
    """Print a table of settings and one of results, each only with what differs."""
    for title, differences in (
        ("Settings that differ", comparison.settings),
        ("Results that differ", comparison.results),
    ):
        if differences:
            header = ("", *comparison.runs, "ratio")
            rows = [
                (
                    difference.quantity,
                    _format(difference.first),
                    _format(difference.second),
                    "" if difference.ratio is None else f"{difference.ratio:.4g}",
                )
                for difference in differences
            ]
            print_table(title, header, rows)
        else:
            click.echo(f"{title}: none")
    click.echo(f"{comparison.equal_results} results are the same")


def _format(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}"
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}..."
