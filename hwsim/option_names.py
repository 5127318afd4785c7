"""Errors in the words of the command line: the option that was typed, not the argument behind it.

The library names its own arguments (`token_depth = 3`); a command's user typed `--token-depth 3`.
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
_SUBJECT = re.compile(r"\A(?P<name>[a-z]\w*)(?= (?:must|takes|needs)\b)")
_SETTING = re.compile(r"\b(?P<name>[a-z]\w*) = (?P<quote>'?)(?P<value>[\w.-]+)(?P=quote)")


def name_options(message: str, command: click.Command) -> str:
    """Return `message` with the options or arguments of `command` for the library's.

    These are its first word, and every ``name = value`` in it.

    >>> energy = click.Command("energy", params=[click.Option(["--node", "nodes"])])
    >>> name_options("node_nm must be one of 7, 45, not 28", energy)
    '--node must be one of 7, 45, not 28'
    >>> name_options("dram must be known for node_nm = 7", energy)
    'dram must be known for --node 7'
    """
    shown = set(_list_words(command))

    def find(name: str) -> str | None:
        wanted = ("--" + name.replace("_", "-"), *_ALIASES.get(name, ()))
        return next((word for word in wanted if word in shown), None)

    def replace_setting(setting: re.Match[str]) -> str:
        option = find(setting["name"])
        return f"{option} {setting['value']}" if option else setting[0]

    message = _SUBJECT.sub(lambda subject: find(subject["name"]) or subject["name"], message, 1)
    return _SETTING.sub(replace_setting, message)


def _list_words(command: click.Command) -> Iterator[str]:
    """Yield what a user sees: options, arguments in capitals; of a group those of its commands."""
    for parameter in command.params:
        yield from parameter.opts if isinstance(parameter, click.Option) else ()
        if isinstance(parameter, click.Argument):
            yield str(parameter.name).upper()
    for part in command.commands.values() if isinstance(command, click.Group) else ():
        yield from _list_words(part)
