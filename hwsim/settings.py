"""A simulation's settings as a TOML file: array, technology, workload.

Behind `hwsim init` and `--config`. The keys are the options of `hwsim simulate`, so that help,
default and type are stated once; those of [array] are the parameters of `configure_array`.
"""

import inspect
import json
import re
import textwrap
import tomllib
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import click

from hwsim.commands.simulate import simulate
from hwsim.configuration import configure_array
from hwsim.simulation import NODES_NM
from hwsim.version import __version__
from rtl.config import ArrayConfig
from workloads.errors import InputError, require_choice, require_int, require_number

SECTIONS = {
    "array": "The array and the memory that feeds it.",
    "technology": "What energies are computed for.",
    "workload": "What runs on the array, and what of it is executed on the compiled RTL.",
}

# What a file cannot say: where results go, and what is printed.
_COMMAND_LINE_ONLY = {"config", "out", "overwrite", "as_json"}
_TECHNOLOGY = {"nodes": "nodes_nm", "tables": "tables"}
# Shown, commented out, for what has no fixed default.
_EXAMPLES = {
    "strip_depth": 16,
    "group": 3,
    "packing": "five-trit",
    "tables": ["technology.csv"],
    "tokens": 512,
    "quantize": "absmean",
    "prompt": "In the beginning",
    "waves": "k.fst",
    "matmul": "3.q_proj",
}


def list_settings() -> Iterator[tuple[str, str, click.Option]]:
    """Yield section, key and option of `hwsim simulate` of every setting."""
    array = inspect.signature(configure_array).parameters
    for option in simulate.params:
        if not isinstance(option, click.Option) or option.name in _COMMAND_LINE_ONLY:
            continue
        name = str(option.name)
        if name in array:
            yield "array", name, option
        elif name in _TECHNOLOGY:
            yield "technology", _TECHNOLOGY[name], option
        else:
            yield "workload", option.opts[0].lstrip("-").replace("-", "_"), option


def render_settings() -> str:
    """Return a file with every key, its meaning, unit, range and default."""
    settings = list(list_settings())
    lines = [f"# Settings of hwsim {__version__}: run them with", "# hwsim simulate --config FILE"]
    lines += ["# Options of the command line override what stands here."]
    for section, meaning in SECTIONS.items():
        lines += ["", f"# {meaning}", f"[{section}]"]
        for _, key, option in (setting for setting in settings if setting[0] == section):
            lines += [f"# {line}" for line in textwrap.wrap(_describe(option), 98)]
            default = _find_default(option)
            example = json.dumps(_EXAMPLES.get(str(option.name), ""))
            # JSON's numbers, strings, lists and truth values are TOML's too.
            lines.append(f"# {key} = {example}" if default is None else f"{key} = {default}")
    return "\n".join(lines) + "\n"


def read_settings(path: Path | str) -> dict[str, Any]:
    """Return the file's values by the name of `hwsim simulate`'s parameters.

    Raises InputError for a file that is no TOML, and for an unknown section or key, a wrong type or
    a value out of range, in one line with file and key; OSError if the file cannot be read.
    """
    try:
        content = tomllib.loads(Path(path).read_bytes().decode())
    except ValueError as error:
        raise InputError(f"{path}: cannot be read as TOML: {error}") from None
    known = {(section, key): option for section, key, option in list_settings()}
    values: dict[str, Any] = {}
    for section, entries in content.items():
        if section not in SECTIONS or not isinstance(entries, dict):
            raise InputError(f"{path}: must have sections {', '.join(SECTIONS)}, not {section!r}")
        for key, value in entries.items():
            option = known.get((section, key))
            if option is None:
                keys = ", ".join(key for place, key in known if place == section)
                raise InputError(f"{path}: [{section}] has the keys {keys}, not {key!r}")
            values[str(option.name)] = _check(f"{path}: [{section}] {key}", value, option)
    return values


def _check(name: str, value: Any, option: click.Option) -> Any:
    if option.multiple:
        if not isinstance(value, list) or not value:
            raise InputError(f"{name} must be a list with at least one entry, not {value!r}")
        return [_check_one(f"{name}[{index}]", item, option) for index, item in enumerate(value)]
    return _check_one(name, value, option)


def _check_one(name: str, value: Any, option: click.Option) -> Any:
    match option.type.name:
        case "integer":
            return require_int(name, value, *_find_range(str(option.name)))
        case "float":
            return require_number(name, value)
        case "choice":
            return require_choice(name, value, option.type.choices)  # type: ignore[attr-defined]
        case "boolean":
            kind: type = bool
        case _:
            kind = str
    if not isinstance(value, kind):
        raise InputError(f"{name} must be a {kind.__name__}, not {value!r}")
    return value


def _describe(option: click.Option) -> str:
    low, high = _find_range(str(option.name))
    match option.type.name:
        case "integer":
            kind = f"An int from {low} to {high}" if high else f"An int of at least {low}"
        case "float":
            kind = "A number above 0"
        case "choice":
            kind = f"One of {', '.join(option.type.choices)}"  # type: ignore[attr-defined]
        case "boolean":
            kind = "true or false"
        case "path":
            kind = "A path"
        case _:
            kind = "A text"
    if option.multiple:
        kind = f"A list; each {kind[0].lower()}{kind[1:]}"
    default = _find_default(option)
    meaning = re.sub(r"; may be repeated|\s*\[default: .*\]", "", option.help or "")
    return f"{meaning} {kind}{'' if default is None else f'; default {default}'}."


def _find_range(name: str) -> tuple[int, int | None]:
    if name in (field.name for field in fields(ArrayConfig)):
        # The array's own refusal is the one place that states its limits.
        impossible: dict[str, Any] = {name: -1}
        try:
            replace(ArrayConfig(), **impossible)
        except InputError as error:
            if limits := re.search(r"from (\d+) to (\d+)", str(error)):
                return int(limits[1]), int(limits[2])
    return (0 if name == "seed" else 1), None


def _find_default(option: click.Option) -> str | None:
    """Return the default in TOML's notation, or None where leaving the key out means more."""
    default = list(NODES_NM) if option.name == "nodes" else option.default
    return json.dumps(default) if isinstance(default, bool | int | float | str | list) else None
