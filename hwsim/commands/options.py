"""Options that several commands share, each with its unit and default."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

_ARRAY = (
    click.option("--lanes", type=int, default=64, help="Input features a cycle (K)."),
    click.option("--columns", type=int, default=64, help="Output features a cycle (N)."),
    click.option("--token-depth", type=int, default=64, help="Tokens whose sums are held."),
    click.option("--tree-registers", type=int, default=0, help="Register ranks in the tree."),
    click.option("--clock", "clock_mhz", type=float, default=1000.0, help="Clock in MHz."),
    click.option(
        "--bandwidth",
        "bandwidth_gb_s",
        type=float,
        default=256.0,
        help="Memory bandwidth for weights in GB/s (10^9 bytes a second).",
    ),
)


def array_options(command: Command) -> Command:
    """Add the options that describe an array; see `hwsim.configuration.configure_array`."""
    for option in reversed(_ARRAY):
        command = option(command)
    return command


model_option = click.option(
    "--model",
    default="tiny",
    help="tiny (the shipped model), a preset (see `hwsim models`), or a checkpoint's folder.",
)
