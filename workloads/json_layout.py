"""A JSON file, read and checked: kinds of values, objects of them, lists of them."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from workloads.errors import InputError

#: Stands for a value that is not there.
MISSING = object()


class Kind(NamedTuple):
    """What a value must be, in words and as a test."""

    words: str
    fits: Callable[[Any], bool]


def _is_number(value: Any) -> bool:
    return _is_int(value) or (isinstance(value, float) and math.isfinite(value))


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


TEXT = Kind("a text", lambda value: isinstance(value, str))
BOOL = Kind("true or false", lambda value: isinstance(value, bool))
INT = Kind("a non-negative int", lambda value: _is_int(value) and value >= 0)
COUNT = Kind("a positive int", lambda value: _is_int(value) and value > 0)
NUMBER = Kind("a number", _is_number)
SHARE = Kind("a number from 0 to 1", lambda value: _is_number(value) and 0 <= value <= 1)
POSITIVE = Kind("a positive number", lambda value: _is_number(value) and value > 0)


def or_null(kind: Kind) -> Kind:
    """Return the kind that has null as well."""
    return Kind(f"{kind.words} or null", lambda value: value is None or kind.fits(value))


def name_all(kind: Kind, names: str) -> dict[str, Kind]:
    """Return an object's layout whose `names` are all of one kind."""
    return dict.fromkeys(names.split(), kind)


def read_object(path: Path) -> dict[str, Any]:
    """Return the object that a file holds.

    Raises InputError, in one line with the file's path, if it holds none; OSError.
    """
    try:
        content = json.loads(path.read_bytes().decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else None
        place = f", but breaks off in line {line}" if line else ""
        raise InputError(f"{path} must be JSON in UTF-8{place}") from None
    if not isinstance(content, dict):
        raise InputError(f"{path} must be a JSON object, not a {type(content).__name__}")
    return content


def check_value(place: str, value: Any, layout: Any) -> None:
    """Raise InputError with the first part of `value` that is not as `layout` says, in one line.

    Parameters
    ----------
    place : of the value, in words; parts add ``.key`` and ``[index]``.
    value : as JSON gives it, or `MISSING`.
    layout : a `Kind`; a dict of them by key; or a list of the one that all items have.
    """
    if isinstance(layout, Kind):
        if not layout.fits(value):
            _refuse(place, layout.words, value)
    elif isinstance(layout, Mapping):
        if not isinstance(value, Mapping):
            _refuse(place, "an object", value)
        for key, part in layout.items():
            check_value(f"{place}.{key}", value.get(key, MISSING), part)
    else:
        if not isinstance(value, Sequence) or isinstance(value, str):
            _refuse(place, "a list", value)
        for index, item in enumerate(value):
            check_value(f"{place}[{index}]", item, layout[0])


def _refuse_constant(name: str) -> None:
    raise ValueError(name)  # NaN and infinities, which JSON does not have


def _refuse(place: str, words: str, value: Any) -> None:
    given = "but is missing" if value is MISSING else f"not {json.dumps(value)}"
    raise InputError(f"{place} must be {words}, {given if len(given) < 60 else given[:57] + '...'}")
