"""`hwsim compare`: two runs, or the simulated array beside published ternary accelerators."""

from pathlib import Path
from typing import Any

import click

from hwsim.commands.options import array_options, config_option, technology_option
from hwsim.console import json_option, print_json


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
@json_option
def compare(
    runs: tuple[Path, ...],
    model: str,
    context: int,
    node_nm: int,
    tables: tuple[Path, ...],
    as_json: bool,
    **array: Any,
) -> None:
    """Put the array's decode step beside published ternary accelerators, 1 op as 1 MAC.

    A ratio is given only where node, target, model and what the power covers are the same.

    With two run folders RUNS: tell what differs between them, settings and results.

    \b
    Example: hwsim compare --model 3B --node 7
    Example: hwsim compare run1 run2
    """
    if runs:
        return _compare_runs(runs, as_json)
    from hwsim.comparison import compare_accelerators
    from hwsim.configuration import configure_array
    from hwsim.energy_settings import EnergySettings
    from hwsim.energy_subject import find_subject

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


def _compare_runs(runs: tuple[Path, ...], as_json: bool) -> None:
    from hwsim.run_comparison import compare_runs

    if len(runs) != 2:
        raise click.UsageError(f"RUNS must be two run folders, not {len(runs)}")
    comparison = compare_runs(*runs)
    if as_json:
        print_json({"schema": "hwsim.compare-runs/1"} | comparison.to_dict())
    else:
        from hwsim.run_comparison_table import print_run_comparison

        print_run_comparison(comparison)
