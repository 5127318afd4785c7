"""Errors in the words of a settings file: its name and key, where `--config` set the value."""

import re
from pathlib import Path

import click
from click.core import ParameterSource

_TAKEN = "hwsim.file_settings"
_OPTION = re.compile(r"\A--[\w-]+(?= )")
_SIZE = ("lanes", "columns")


def remember_settings(context: click.Context, path: Path) -> None:
    """Remember that the defaults of the command of `context` are from the file `path`."""
    context.meta[_TAKEN] = (path, context)


def name_settings(message: str, context: click.Context) -> str:
    """Return `message` with file and key for its first word, if that is an option the file set.

    Parameters
    ----------
    context : of the command that took the file, or of one above it.
    """
    path, taken = context.meta.get(_TAKEN, (None, context))
    if path is None:
        return message
    if message.startswith("array must ") and any(map(_list_file_keys(taken).get, _SIZE)):
        return f"{path}: {message}"
    option = _OPTION.match(message)
    for parameter in taken.command.params if option else ():
        key = _list_file_keys(taken).get(str(parameter.name))
        if option and key and option[0] in parameter.opts:
            return f"{path}: {key}{message[option.end() :]}"
    return message


def name_file_of(error: click.BadParameter, context: click.Context) -> str | None:
    """Return what is wrong with file and key, or None if the file did not set the parameter."""
    path, taken = context.meta.get(_TAKEN, (None, context))
    name = None if error.param is None else error.param.name
    key = None if path is None else _list_file_keys(taken).get(str(name))
    return f"{path}: {key}: {error.message}" if key else None


def _list_file_keys(context: click.Context) -> dict[str, str]:
    """Return section and key of the parameters that the file, not the command line, has set."""
    from hwsim.settings import list_settings

    return {
        str(option.name): f"[{section}] {key}"
        for section, key, option in list_settings()
        if context.get_parameter_source(str(option.name)) is ParameterSource.DEFAULT_MAP
    }
