"""`hwsim compare`: two runs, or the simulated array beside published ternary accelerators."""

from pathlib import Path
from typing import Any

import click

from hwsim.commands.model_options import subject_option
from hwsim.commands.options import (
    array_options,
    config_option,
    note_unused,
    overwrite_option,
    quantize_option,
    technology_option,
)
from hwsim.commands.refusal import refuse_given
from hwsim.console import json_option, print_json, progress


@click.command()
@click.argument("runs", type=click.Path(path_type=Path), nargs=-1)
@subject_option
@quantize_option
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
@overwrite_option
@json_option
def compare(
    runs: tuple[Path, ...],
    model: str,
    quantize: str | None,
    context: int,
    node_nm: int,
    tables: tuple[Path, ...],
    out: Path | None,
    overwrite: bool,
    as_json: bool,
    **array: Any,
) -> None:
    """Compare the array with published accelerators, or two runs.

    Without RUNS: the array's decode step beside ternary accelerators, 1 op as 1 MAC. A ratio is
    given only where node, target, model and what the power covers are the same.

    With two run folders RUNS: tell what differs between them, settings and results, and with --out
    write it as a page that works offline.

    \b
    Example: hwsim compare --model 3B --node 7
    Example: hwsim compare run1 run2 --out differences.html
    """
    if runs:
        return _compare_runs(runs, out, overwrite, as_json)
    if out is not None:
        raise click.UsageError("--out must come with two run folders")
    from hwsim.accounting.settings import EnergySettings
    from hwsim.accounting.subject import find_subject
    from hwsim.comparison import compare_accelerators
    from hwsim.configuration import configure_array

    with progress("reading the model"):
        subject = find_subject(model, quantize=quantize)
        config = configure_array(subject.shape.max_reduction, **array)
        comparison = compare_accelerators(
            subject,
            node_nm=node_nm,
            context=context,
            settings=EnergySettings(config=config, tables=tables),
        )
    note_unused(tables, (node_nm,))
    if as_json:
        print_json(comparison.to_dict())
    else:
        from hwsim.comparison_table import print_comparison

        print_comparison(comparison)


def _compare_runs(runs: tuple[Path, ...], out: Path | None, overwrite: bool, as_json: bool) -> None:
    from hwsim.runs.comparison import compare_runs
    from workloads.files import check_file, write_file

    if len(runs) != 2:
        raise click.UsageError(f"RUNS must be two run folders, not {len(runs)}")
    others = {str(parameter.name) for parameter in compare.params}
    refuse_given(others - {"runs", "out", "overwrite", "as_json"}, " with run folders")
    if out is not None:
        check_file(out, overwrite=overwrite)
    comparison = compare_runs(*runs)
    if out is not None:
        from hwsim.runs.folder import read_run, refuse_damage
        from reports.difference import render_difference

        first, second = runs
        records = read_run(first), read_run(second)
        with progress("writing the page"), write_file(out, overwrite=overwrite) as aside:
            with refuse_damage(first, second):
                page = render_difference(comparison.to_dict(), *records)
            aside.write_text(page, encoding="utf-8")
    if as_json:
        print_json({"schema": "hwsim.compare-runs/1"} | comparison.to_dict())
    else:
        from hwsim.runs.comparison_table import print_run_comparison

        print_run_comparison(comparison)
    if out is not None:
        click.echo(f"report: {out}", err=True)
