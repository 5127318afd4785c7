"""`hwsim board`: run matmuls on a board, real or simulated."""

import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from hwsim.commands.fpga import baud_option, board_option
from hwsim.commands.fpga_options import fpga_array_options
from hwsim.console import json_option, print_json, progress


@click.group()
def board() -> None:
    """Run matmuls on the array of a board, or simulate one.

    \b
    Example: hwsim board run run.trace --port /dev/ttyUSB0
    """


@board.command()
@click.argument("trace", type=click.Path(path_type=Path))
@click.option("--port", required=True, help="Serial port of the board, for example /dev/ttyUSB0.")
@baud_option
@click.option("--matmuls", type=int, help="Only so many of the trace's first matmuls.")
@json_option
def run(trace: Path, port: str, baud: int, matmuls: int | None, as_json: bool) -> int:
    """Run a trace's matmuls on a board and compare every output.

    Exit status 1 if an output differs. Needs pyserial: pip install 'hwsim[board]'.

    \b
    Example: hwsim board run run.trace --port /dev/ttyUSB0 --matmuls 2
    """
    from hwsim.board_run import open_port, run_trace
    from workloads.trace import read_trace

    recorded = read_trace(trace)
    with open_port(port, baud) as line, progress("running on the board") as report:
        result = run_trace(recorded, line, matmuls, report)
    if as_json:
        print_json({"schema": "hwsim.board-run/1"} | result.to_dict())
    else:
        click.echo(result.describe())
    return 0 if result.passed else 1


@board.command()
@board_option
@fpga_array_options
@baud_option
@json_option
def simulate(name: str, clock_mhz: float | None, baud: int, as_json: bool, **array: Any) -> None:
    """Simulate a board: its Verilog, compiled, behind a terminal that acts as its serial port.

    Prints the terminal's name, then runs until Ctrl-C stops it.

    \b
    Example: hwsim board simulate --lanes 8 --columns 8
    """
    from dataclasses import asdict

    from hwsim.fpga_configuration import configure_for_fpga
    from rtl.fpga.board import BoardConfig
    from rtl.fpga.boards import find_board
    from rtl.fpga.simulated_board import SimulatedBoard

    board = find_board(name)
    clock_mhz = board.oscillator_mhz if clock_mhz is None else clock_mhz
    config = configure_for_fpga(board.target, clock_mhz=clock_mhz, **array)
    with progress("compiling the board"):
        simulated = SimulatedBoard(BoardConfig(array=config, baud=baud))
    # To stop it so is its end, not an interrupt of work.
    with suppress(KeyboardInterrupt), simulated:
        if as_json:
            words = {"schema": "hwsim.board-simulate/1", "port": simulated.port}
            print_json(words | {"array": asdict(config)})
        else:
            click.echo(simulated.port)
            click.echo("the board runs until you press Ctrl-C", err=True)
        while True:
            time.sleep(3600)
    click.echo("stopped", err=True)
