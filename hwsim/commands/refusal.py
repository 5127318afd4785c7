"""Options that would do nothing are refused, lest somebody believes that they did something."""

from collections.abc import Collection

import click
from click.core import ParameterSource

from workloads.errors import InputError


def refuse_given(names: Collection[str], reason: str) -> None:
    """Refuse those of the parameters `names` that the command line gives, for they do nothing.

    Raises InputError, which says the `reason` after "must be left out".
    """
    context = click.get_current_context()
    for parameter in context.command.params:
        source = context.get_parameter_source(str(parameter.name))
        if parameter.name in names and source is ParameterSource.COMMANDLINE:
            raise InputError(f"{parameter.opts[0]} must be left out{reason}")


def refuse_idle_draws(temperature: float) -> None:
    """Refuse --top-p and --seed where the likeliest token is taken; raises InputError."""
    if temperature == 0:
        refuse_given(["top_p", "seed"], " with --temperature 0, which draws nothing")
