"""`hwsim verilog`: the array as Verilog, alone or with all that its user needs."""

from pathlib import Path
from typing import Any

import click

from hwsim.commands.options import array_options, config_option, overwrite_option
from hwsim.commands.refusal import refuse_given
from hwsim.console import json_option, print_json, progress

_BAUD = 1_000_000


@click.command()
@array_options
@click.option("--reduction", type=int, default=8640, help="Largest K; sets the accumulators' bits.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="File ending in .v to write the Verilog to; or a new folder for the package: Verilog, "
    "its description as JSON and as a C header, a test bench that checks itself, a README.",
)
@click.option("--axi", is_flag=True, help="Add the array as an AXI core to the package.")
@click.option("--link", is_flag=True, help="Add the array behind a serial port to the package.")
@click.option(
    "--baud", type=int, help=f"Of that port, bits a second.  [default: {_BAUD}; with --link]"
)
@overwrite_option
@config_option
@json_option
def verilog(
    reduction: int,
    out: Path | None,
    axi: bool,
    link: bool,
    baud: int | None,
    overwrite: bool,
    as_json: bool,
    **array: Any,
) -> None:
    """Write the array as synthesizable Verilog, alone or as a package.

    To stdout, as one file, or to --out.

    \b
    Example: hwsim verilog --lanes 16 --columns 16 --bandwidth 6.4 --clock 100 --out package
    """
    from dataclasses import asdict
    from hashlib import sha256

    from hwsim.configuration import configure_array, describe_array
    from rtl.library import find_verilog
    from workloads.errors import InputError
    from workloads.files import check_file, check_folder, write_file

    if baud is not None and not link:
        raise InputError("baud must be given with --link, not alone")
    config = configure_array(reduction, **array)
    folder = None if out is None or out.suffix == ".v" else out
    if folder is not None and folder.suffix and not folder.is_dir():
        raise InputError(f"out must be a file ending in .v, or a folder without a dot, not {out}")
    if (link or axi) and folder is None:
        name = "--link" if link else "--axi"
        raise InputError(f"{name} needs --out with a folder, where the package is written")
    if folder is not None:
        check_folder(folder, overwrite=overwrite)
    elif out is not None:
        check_file(out, overwrite=overwrite)
    else:
        refuse_given(["overwrite"], " without --out")
    board = None
    if link:
        from rtl.fpga.board import BoardConfig

        board = BoardConfig(array=config, baud=_BAUD if baud is None else baud)
    files = None
    with progress("looking for the array") as report:
        text = find_verilog(config, lambda line: report(0.0, line)).read_text(encoding="utf-8")
    if folder is not None:
        from hwsim.cycles import count_cycles
        from rtl.package.folder import write_package

        files = write_package(
            config,
            folder,
            board=board,
            axi=axi,
            count_cycles=lambda *matmul: count_cycles(*matmul).cycles,
            overwrite=overwrite,
        )
    elif out is not None:
        with write_file(out, overwrite=overwrite) as aside:
            aside.write_text(text, encoding="utf-8")
    if as_json:
        digest = sha256(text.encode()).hexdigest()
        file = None if out is None else str(out)
        print_json(
            {"array": asdict(config), "verilog_sha256": digest, "file": file, "files": files}
        )
    elif out is None:
        click.echo(text, nl=False)
    else:
        lines = len(text.splitlines())
        click.echo(f"{out}: {lines} lines of Verilog: {describe_array(config)}", err=True)
