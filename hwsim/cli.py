"""The command line: `hwsim COMMAND`. Each command parses, calls one library function and prints.

Exit status: 0 success, 1 a check failed (a certificate, a claim), 2 bad input, 130 interrupted,
143 ended by SIGTERM.
"""

import io
import os
import shlex
import sys
import warnings
from pathlib import Path

import click

from hwsim.commands.board import board
from hwsim.commands.claims import claims
from hwsim.commands.compare import compare
from hwsim.commands.cycles import cycles
from hwsim.commands.doctor import doctor
from hwsim.commands.energy import energy
from hwsim.commands.evaluate import evaluate
from hwsim.commands.export import export
from hwsim.commands.fpga import fpga
from hwsim.commands.generate import generate
from hwsim.commands.init import init
from hwsim.commands.models import models
from hwsim.commands.prove import prove
from hwsim.commands.report import report
from hwsim.commands.simulate import simulate
from hwsim.commands.trace import trace
from hwsim.commands.verify import verify
from hwsim.commands.verilog import verilog
from hwsim.ending import Ended, unwind_on_signals
from hwsim.file_settings import name_file_of, name_settings
from hwsim.option_names import name_options
from hwsim.version import __version__
from workloads.errors import InputError, ToolError

SETTINGS = {
    "help_option_names": ["-h", "--help"],
    "max_content_width": 100,
    "show_default": True,
}


class Commands(click.Group):
    """A group whose errors name the command's options, or the keys of the file that set them."""

    def invoke(self, ctx: click.Context) -> object:
        """Invoke the command; an `InputError` is given the names of options or keys."""
        try:
            return super().invoke(ctx)
        except InputError as error:
            command = self.commands.get(ctx.invoked_subcommand or "")
            message = name_options(str(error), command) if command else str(error)
            raise InputError(name_settings(message, ctx)) from error
        except click.BadParameter as error:
            place = name_file_of(error, ctx)
            if place is None:
                raise
            raise InputError(place) from error


@click.group(cls=Commands, context_settings=SETTINGS)
@click.version_option(__version__, prog_name="hwsim")
def hwsim() -> None:
    """Simulate hardware for ternary (BitNet b1.58) language models.

    A real b1.58 model's integer matmuls run on a generated multiplier-free array; a cycle model
    equal to that array and an energy ledger with a source for each number tell what it costs.

    Start with: hwsim simulate --model 3B

    Exit status: 0 success, 1 a check failed, 2 bad input, 130 interrupted.
    """


for command in (
    board,
    claims,
    compare,
    cycles,
    doctor,
    energy,
    evaluate,
    export,
    fpga,
    generate,
    init,
    models,
    prove,
    report,
    simulate,
    trace,
    verify,
    verilog,
):
    hwsim.add_command(command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; every user's mistake is one line on stderr and exit status 2."""
    _open_streams()
    if arguments is None:  # a program that calls this keeps its own signals
        unwind_on_signals()
    try:
        status = hwsim.main(arguments, prog_name="hwsim", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        status = 2
    except (click.ClickException, InputError) as error:
        status = _fail(error.format_message() if isinstance(error, click.ClickException) else error)
    except ToolError as error:
        _fail(error)
        status = 1
    except ModuleNotFoundError as error:
        package = str(error.name).partition(".")[0]
        if package in ("hwsim", "reports", "rtl", "energy", "workloads"):
            raise
        _fail(f"the Python package {package} is missing: `hwsim doctor` tells how to get it")
        status = 1
    except MemoryError as error:
        status = _fail(f"memory must be enough, and is not ({str(error) or 'none is left'})")
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        status = _fail(f"{place}{error.strerror or error}")
    except (click.Abort, KeyboardInterrupt, Ended) as stop:
        warnings.simplefilter("ignore")  # what was cut short was not used up
        words = shlex.join(["hwsim", *(sys.argv[1:] if arguments is None else arguments)])
        click.echo(f"interrupted: nothing is half-written; to go on: {words}", err=True)
        status = stop.status if isinstance(stop, Ended) else 130
    sys.exit(status if isinstance(status, int) else 0)


def _open_streams() -> None:
    """Have stdout and stderr take every text, whatever they are and encode."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed, as in some cron jobs; no file opened later may get its number
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _fail(message: object) -> int:
    click.echo("error: " + " ".join(str(message).split()), err=True)
    return 2
