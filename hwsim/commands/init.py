"""`hwsim init`: a commented file of settings for `hwsim simulate --config`."""

from pathlib import Path

import click

from hwsim.console import json_option, print_json


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), default=Path("hwsim.toml"))
@click.option("--overwrite", is_flag=True, help="Replace the file if it exists.")
@json_option
def init(file: Path, overwrite: bool, as_json: bool) -> None:
    """Write a TOML file of settings: array, technology, workload; by default to hwsim.toml.

    Every key is there with its unit, range and default. Options of the command line override it.

    \b
    Example: hwsim init array.toml && hwsim simulate --config array.toml
    """
    from hwsim.settings import render_settings
    from workloads.errors import InputError
    from workloads.files import write_file

    if file.exists() and not overwrite:
        raise InputError(f"file must be new (or --overwrite given), not {file}")
    with write_file(file) as aside:
        aside.write_text(render_settings(), encoding="utf-8")
    if as_json:
        print_json({"file": str(file)})
    else:
        click.echo(f"{file}: run it with hwsim simulate --config {file}", err=True)
