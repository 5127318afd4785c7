"""`hwsim fpga`: bitstreams for boards, and what arrays cost on FPGAs."""

from pathlib import Path
from typing import Any

import click

from hwsim.commands.completion import complete_names
from hwsim.commands.fpga_options import fpga_array_options, list_boards, list_targets
from hwsim.commands.options import overwrite_option
from hwsim.commands.refusal import refuse_given
from hwsim.console import json_option, print_json, print_table, progress

board_option = click.option(
    "--board",
    "name",
    default="ulx3s-85f",
    help="ulx3s-85f, icebreaker or tang-nano-9k.",
    shell_complete=complete_names(list_boards),
)
baud_option = click.option(
    "--baud", type=int, default=1_000_000, help="Of the board's serial port, bits a second."
)


@click.group()
def fpga() -> None:
    """Make bitstreams for boards; measure and estimate FPGAs.

    All tools come as wheels: pip install 'hwsim[fpga]'.

    \b
    Example: hwsim fpga estimate --target ecp5-85k --style table --lanes 32 --columns 32
    """


@fpga.command()
@board_option
@fpga_array_options
@baud_option
@click.option(
    "--seeds",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Most tries of place and route, from other seeds, to reach the clock.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="New folder for the bitstream, the report as JSON and text, Verilog and logs.",
)
@overwrite_option
@json_option
def build(
    name: str,
    clock_mhz: float | None,
    baud: int,
    seeds: int,
    out: Path,
    overwrite: bool,
    as_json: bool,
    **array: Any,
) -> None:
    """Build a bitstream: Yosys, nextpnr, packer. Kept: the same build is not made twice.

    \b
    Example: hwsim fpga build --board ulx3s-85f --style table --lanes 16 --columns 16 --out bits
    """
    from functools import partial

    from hwsim.fpga_build import build_board, write_build
    from hwsim.fpga_configuration import configure_for_fpga
    from hwsim.fpga_report import describe_build
    from rtl.fpga.board import BoardConfig
    from rtl.fpga.boards import find_board
    from workloads.files import check_folder

    board = find_board(name)
    clock_mhz = board.oscillator_mhz if clock_mhz is None else clock_mhz
    config = configure_for_fpga(board.target, clock_mhz=clock_mhz, **array)
    check_folder(out, overwrite=overwrite)
    with progress(f"building for {board.title}") as report:
        settings = BoardConfig(array=config, baud=baud)
        result = build_board(board, settings, partial(report, 0.0), seeds=seeds)
    write_build(result, out, overwrite=overwrite)
    if as_json:
        print_json({"schema": "hwsim.fpga-build/1", "folder": str(out)} | result.to_dict())
    else:
        click.echo(describe_build(result.to_dict()), nl=False)
        click.echo(f"bitstream: {out / result.bitstream_name}", err=True)


@fpga.command()
@click.option(
    "--target",
    default="ecp5-85k",
    help="FPGA: ecp5-85k, ecp5-5g-85k, ecp5-25k, ice40-up5k, ice40-hx8k, gw1nr-9c or xc7a100t.",
    shell_complete=complete_names(list_targets),
)
@fpga_array_options
@json_option
def estimate(target: str, as_json: bool, **array: Any) -> None:
    """Tell what an array takes and reaches on an FPGA, from a fit to measurements.

    Refuses an array that cannot fit, with the largest of its shape that does.

    \b
    Example: hwsim fpga estimate --target ecp5-85k --style table --lanes 32 --columns 32
    """
    from hwsim.fpga_configuration import configure_for_fpga
    from hwsim.fpga_report import describe_estimate
    from rtl.fpga.estimate import estimate as estimate_array

    result = estimate_array(target, configure_for_fpga(target, **array))
    if as_json:
        print_json({"schema": "hwsim.fpga-estimate/1"} | result.to_dict())
    else:
        click.echo(describe_estimate(result))


@fpga.command()
@click.option(
    "--target",
    help="Only this FPGA; by default all.",
    shell_complete=complete_names(list_targets),
)
@click.option("--largest", is_flag=True, help="Of each FPGA only the largest arrays that fit it.")
@click.option(
    "--share",
    "shares",
    type=click.FloatRange(0, 0.9, min_open=True),
    default=[0.9],
    multiple=True,
    show_default=True,
    help="With --largest: share of the lookup tables that it may take; an array for each share.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="CSV to write; by default only print what is measured already.",
)
@overwrite_option
@json_option
def sweep(
    target: str | None,
    largest: bool,
    shares: tuple[float, ...],
    out: Path | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Measure arrays on FPGAs, or print the table that was measured.

    With --out every array of the table is synthesised, and some are placed and routed, which takes
    an hour or more, as does the largest array of an ECP5. What was done before an interrupt is
    kept, also by another sweep that runs at the same time.

    \b
    Example: hwsim fpga sweep --target ecp5-85k
    """
    from rtl.fpga.measurements import (
        LARGEST,
        MEASURED,
        TITLES,
        read_measurements,
        write_measurements,
    )
    from rtl.fpga.points import list_points, list_routed
    from rtl.fpga.sweep import measure_all, plan_largest
    from workloads.errors import InputError, require_choice
    from workloads.files import check_file

    if not largest:
        refuse_given(["shares"], " without --largest")
    if out is None:
        refuse_given(["shares", "overwrite"], " without --out, which measures")
    targets = list_routed() if largest else list(dict.fromkeys(p.target for p in list_points()))
    if target is not None:
        targets = [require_choice("target", target, targets)]
    if out is None:
        measured = read_measurements(LARGEST if largest else MEASURED)
        rows = [row for row in measured if row.target in targets]
        if not rows:
            names = ", ".join(dict.fromkeys(row.target for row in measured))
            raise InputError(f"target must be one that was measured so: {names}, not {target}")
    else:
        check_file(out, overwrite=overwrite)
        if largest:
            points = [plan_largest(name, share) for name in targets for share in shares]
        else:
            points = [point for point in list_points() if point.target in targets]
        with progress("measuring") as report:
            rows = measure_all(points, report)
        write_measurements(rows, out, overwrite=overwrite)
    if as_json:
        measurements = [row.to_dict() for row in rows]
        print_json({"schema": "hwsim.fpga-sweep/1", "measurements": measurements})
        return
    print_table(
        "Arrays alone, without link and pins",
        TITLES,
        [row.to_words() for row in rows],
    )
