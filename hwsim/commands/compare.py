"""`hwsim compare`: two runs, or the simulated array beside published ternary accelerators."""

from pathlib import Path
from typing import Any

import click

from hwsim.commands.options import array_options, config_option, technology_option
from hwsim.console import json_option, print_json, progress


@click.command()
@click.argument("runs", type=click.Path(path_type=Path), nargs=-1)
@click.option(
    "--model",
    default="3B",
    help="A preset (see `hwsim models`), tiny, a config.json, or a folder: checkpoint or trace.",
)
@click.option("--context", type=int, default=512, help="Positions that the decoded token sees.")
@click.option("--node", "node_nm", type=int, default=7, help="Technology node in nm.")
@technology_option
@array_options
@config_option
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="HTML file with the differences of two runs.",
)
@json_option
def compare(
    runs: tuple[Path, ...],
    model: str,
    context: int,
    node_nm: int,
    tables: tuple[Path, ...],
    out: Path | None,
    as_json: bool,
    **array: Any,
) -> None:
    """Put the array's decode step beside published ternary accelerators, 1 op as 1 MAC.

    A ratio is given only where node, target, model and what the power covers are the same.

    With two run folders RUNS: tell what differs between them, settings and results, and with --out
    write it as a page that works offline.

    \b
    Example: hwsim compare --model 3B --node 7
    Example: hwsim compare run1 run2 --out differences.html
    """
    if runs:
        return _compare_runs(runs, out, as_json)
    if out is not None:
        raise click.UsageError("--out must come with two run folders")
    from hwsim.accounting.settings import EnergySettings
    from hwsim.accounting.subject import find_subject
    from hwsim.comparison import compare_accelerators
    from hwsim.configuration import configure_array

    subject = find_subject(model)
    config = configure_array(subject.shape.max_reduction, **array)
    comparison = compare_accelerators(
        subject,
        node_nm=node_nm,
        context=context,
        settings=EnergySettings(config=config, tables=tables),
    )
    if as_json:
        print_json(comparison.to_dict())
    else:
        from hwsim.comparison_table import print_comparison

        print_comparison(comparison)


def _compare_runs(runs: tuple[Path, ...], out: Path | None, as_json: bool) -> None:
    from hwsim.runs.comparison import compare_runs

    if len(runs) != 2:
        raise click.UsageError(f"RUNS must be two run folders, not {len(runs)}")
    comparison = compare_runs(*runs)
    if out is not None:
        from hwsim.runs.folder import read_run, refuse_damage
        from reports.difference import render_difference
        from workloads.files import write_file

        first, second = runs
        with progress("writing the page"), write_file(out) as aside:
            with refuse_damage(first), refuse_damage(second):
                page = render_difference(comparison.to_dict(), read_run(first), read_run(second))
            aside.write_text(page, encoding="utf-8")
    if as_json:
        print_json({"schema": "hwsim.compare-runs/1"} | comparison.to_dict())
    else:
        from hwsim.runs.comparison_table import print_run_comparison

        print_run_comparison(comparison)
    if out is not None:
        click.echo(f"report: {out}", err=True)
