"""`hwsim init`: a commented file of settings for `hwsim simulate --config`."""

from pathlib import Path

import click

from hwsim.commands.options import overwrite_option
from hwsim.console import json_option, print_json


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), default=Path("hwsim.toml"))
@overwrite_option
@json_option
def init(file: Path, overwrite: bool, as_json: bool) -> None:
    """Write a commented TOML file of settings.

    Array, technology and workload; to FILE, by default hwsim.toml. Every key is there with its
    unit, range and default. Options of the command line override it.

    \b
    Example: hwsim init array.toml && hwsim simulate --config array.toml
    """
    from hwsim.settings import render_settings
    from workloads.files import write_file

    with write_file(file, overwrite=overwrite) as aside:
        aside.write_text(render_settings(), encoding="utf-8")
    if as_json:
        print_json({"file": str(file)})
    else:
        click.echo(f"{file}: run it with hwsim simulate --config {file}", err=True)
