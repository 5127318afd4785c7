"""Errors in the words of the command line: the option that was typed, not the argument behind it.

The library names its own arguments (`token_depth`); a command's user typed `--token-depth`.
"""

import re
from collections.abc import Iterator

import click

# Arguments of the library whose option has another name, most specific first.
_ALIASES = {
    "node_nm": ("--node",),
    "nodes_nm": ("--node",),
    "clock_mhz": ("--clock",),
    "bandwidth_gb_s": ("--bandwidth",),
    "format": ("--format", "--baseline"),
    "baselines": ("--baseline",),
    "m": ("--tokens",),
    "text": ("--text",),
    "trace": ("TRACE", "--trace"),
    "folder": ("--out",),
    "file": ("FILE", "--out"),
    "run": ("RUN", "RUNS"),
}
_SUBJECT = re.compile(r"(?P<name>[a-z]\w*)(?= (?:must|takes|needs)\b)")


def name_options(message: str, command: click.Command) -> str:
    """Return `message` with the option or argument of `command` that its first word means.

    >>> energy = click.Command("energy", params=[click.Option(["--node", "nodes"])])
    >>> name_options("node_nm must be one of 7, 45, not 28", energy)
    '--node must be one of 7, 45, not 28'
    """
    if not (subject := _SUBJECT.match(message)):
        return message
    name = subject["name"]
    shown = set(_list_words(command))
    wanted = ("--" + name.replace("_", "-"), *_ALIASES.get(name, ()))
    found = next((word for word in wanted if word in shown), name)
    return found + message[subject.end() :]


def _list_words(command: click.Command) -> Iterator[str]:
    """Yield what a user sees: options, arguments in capitals; of a group those of its commands."""
    for parameter in command.params:
        yield from parameter.opts if isinstance(parameter, click.Option) else ()
        if isinstance(parameter, click.Argument):
            yield str(parameter.name).upper()
    for part in command.commands.values() if isinstance(command, click.Group) else ():
        yield from _list_words(part)
