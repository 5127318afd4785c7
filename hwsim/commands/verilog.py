"""`hwsim verilog`: the array as Verilog."""

from pathlib import Path
from typing import Any

import click

from hwsim.commands.options import array_options, config_option
from hwsim.console import json_option, print_json


@click.command()
@array_options
@click.option("--reduction", type=int, default=8640, help="Largest K; sets the accumulators' bits.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write.")
@config_option
@json_option
def verilog(reduction: int, out: Path | None, as_json: bool, **array: Any) -> None:
    """Write the array as one file of synthesizable Verilog, to stdout or to --out.

    \b
    Example: hwsim verilog --lanes 16 --columns 16 --bandwidth 6.4 --clock 100 --out array.v
    """
    from dataclasses import asdict
    from hashlib import sha256

    from hwsim.configuration import configure_array
    from rtl.library import find_verilog
    from workloads.files import write_file

    config = configure_array(reduction, **array)
    text = find_verilog(config).read_text(encoding="utf-8")
    if out is not None:
        with write_file(out) as aside:
            aside.write_text(text, encoding="utf-8")
    if as_json:
        digest = sha256(text.encode()).hexdigest()
        file = None if out is None else str(out)
        print_json({"array": asdict(config), "verilog_sha256": digest, "file": file})
    elif out is None:
        click.echo(text, nl=False)
    else:
        lines = len(text.splitlines())
        size = f"{config.lanes} lanes x {config.columns} columns"
        click.echo(f"{out}: {lines} lines of Verilog, {size}", err=True)
