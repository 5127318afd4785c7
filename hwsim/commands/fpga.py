"""`hwsim fpga`: bitstreams for boards, and what arrays cost on FPGAs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from hwsim.console import json_option, print_json, print_table, progress

_ARRAY = (
    click.option(
        "--style",
        type=click.Choice(["tree", "table", "systolic"]),
        help="Structure of the array; by default what measurements say suits the FPGA.",
    ),
    click.option("--lanes", type=int, default=16, help="Input features a cycle (K)."),
    click.option("--columns", type=int, default=16, help="Output features a cycle (N)."),
    click.option("--token-depth", type=int, help="Tokens held; by style 16, or 2 for table."),
    click.option("--strip-depth", type=int, help="Column tiles a strip; 8 for table, else 1."),
    click.option("--group", type=int, help="Lanes of a table, 2 or 3; by default 2."),
    click.option(
        "--packing",
        type=click.Choice(["two-bit", "five-trit", "group"]),
        help="Code of the weights; by default group for table, else two-bit.",
    ),
    click.option("--tree-registers", type=int, help="Register ranks in the tree; by style."),
    click.option("--reduction", type=int, default=8640, help="Largest K; sets the accumulators."),
    click.option(
        "--weight-bus",
        "weight_bus_bits",
        type=int,
        help="Bits of weights a cycle; by default a code of every column.",
    ),
)


def array_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that describe an array; see `hwsim.fpga_configuration`."""
    for option in reversed(_ARRAY):
        command = option(command)
    return command


board_option = click.option("--board", "name", default="ulx3s-85f", help="ulx3s-85f or icebreaker.")
baud_option = click.option(
    "--baud", type=int, default=1_000_000, help="Of the board's serial port, bits a second."
)


@click.group()
def fpga() -> None:
    """Bitstreams for boards, measurements on FPGAs, and estimates from them.

    All tools come as wheels: pip install 'hwsim[fpga]'.
    """


@fpga.command()
@board_option
@array_options
@click.option("--clock", "clock_mhz", type=float, help="Clock in MHz; the board's oscillator.")
@baud_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="New folder for the bitstream, the report as JSON and text, Verilog and logs.",
)
@click.option("--overwrite", is_flag=True, help="Replace the folder of --out.")
@json_option
def build(
    name: str,
    clock_mhz: float | None,
    baud: int,
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

    from hwsim.fpga_build import build_board, describe_build, write_build
    from hwsim.fpga_configuration import configure_for_fpga
    from rtl.fpga.board import BoardConfig
    from rtl.fpga.boards import find_board
    from workloads.files import check_folder

    board = find_board(name)
    clock_mhz = board.oscillator_mhz if clock_mhz is None else clock_mhz
    config = configure_for_fpga(board.target, clock_mhz=clock_mhz, **array)
    check_folder(out, overwrite=overwrite)
    with progress(f"building for {board.title}") as report:
        settings = BoardConfig(array=config, baud=baud)
        result = build_board(board, settings, partial(report, 0.0))
    write_build(result, out, overwrite=overwrite)
    if as_json:
        print_json({"schema": "hwsim.fpga-build/1", "folder": str(out)} | result.to_dict())
    else:
        click.echo(describe_build(result.to_dict()), nl=False)
        click.echo(f"bitstream: {out / result.bitstream_name}", err=True)


@fpga.command()
@click.option("--target", default="ecp5-85k", help="FPGA: one of the measured ones.")
@array_options
@json_option
def estimate(target: str, as_json: bool, **array: Any) -> None:
    """Tell what an array takes and reaches on an FPGA, from a fit to measurements.

    Refuses an array that cannot fit, with the largest of its style that does.

    \b
    Example: hwsim fpga estimate --target ecp5-85k --style table --lanes 32 --columns 32
    """
    from hwsim.fpga_configuration import configure_for_fpga
    from rtl.fpga.estimate import estimate as estimate_array

    result = estimate_array(target, configure_for_fpga(target, **array))
    if as_json:
        print_json({"schema": "hwsim.fpga-estimate/1"} | result.to_dict())
    else:
        click.echo(result.describe())


@fpga.command()
@click.option("--target", help="Only this FPGA; by default all.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="CSV to write; by default only print what is measured already.",
)
@json_option
def sweep(target: str | None, out: Path | None, as_json: bool) -> None:
    """Measure arrays on FPGAs, or print the table that was measured.

    With --out every array of the table is synthesised, placed and routed again, which takes an
    hour or more; what was done before an interrupt is kept.

    \b
    Example: hwsim fpga sweep --target ecp5-85k
    """
    from functools import partial

    from rtl.fpga.measurements import TITLES, read_measurements, write_measurements
    from rtl.fpga.sweep import list_points, measure
    from workloads.errors import require_choice

    if target is not None:
        require_choice("target", target, dict.fromkeys(point.target for point in list_points()))
    if out is None:
        rows = [row for row in read_measurements() if target in (None, row.target)]
    else:
        points = [point for point in list_points() if target in (None, point.target)]
        rows = []
        with progress("measuring") as report:
            for number, point in enumerate(points):
                report(number / len(points), f"{number + 1} of {len(points)}")
                rows.append(measure(point, partial(report, number / len(points))))
        write_measurements(rows, out)
    if as_json:
        print_json(
            {"schema": "hwsim.fpga-sweep/1", "measurements": [row.to_dict() for row in rows]}
        )
        return
    print_table(
        "Arrays alone, without link and pins",
        TITLES,
        [row.to_words() for row in rows],
    )
