"""Cells of a table: from text to a number, a format or a choice; every error says what it is."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from workloads.errors import InputError, require_choice

OPERATIONS = ("add", "mul", "register", "gate")
KINDS = ("published", "derived", "fitted", "measured")


def parse_cell(column: str, text: str) -> Any:
    """Return the value of a cell of `column`; raises InputError that names the column."""
    parse = _PARSERS.get(column)
    return parse(column, text) if parse else text


def parse_positive(column: str, text: str) -> float:
    """Return a positive, finite number with a decimal point; raises InputError."""
    if "," in text:
        raise InputError(f"{column} needs a decimal point, not a comma: {text!r}")
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0 < value < float("inf"):
        raise InputError(f"{column} must be a positive number, not {text!r}")
    return value


def _parse_positive_int(column: str, text: str) -> int:
    if not re.fullmatch(r"0*[1-9][0-9]{0,8}", text):
        raise InputError(f"{column} must be a positive int, not {text!r}")
    return int(text)


def _parse_format(column: str, text: str) -> str:
    if not re.fullmatch(r"(int|fp|bf)[1-9][0-9]?|bit", text):
        raise InputError(
            f"{column} must be int8, int16, ..., fp16, bf16, fp32 or bit, not {text!r}"
        )
    return text


_PARSERS: dict[str, Callable[[str, str], Any]] = {
    "operation": partial(require_choice, choices=OPERATIONS),
    "format": _parse_format,
    "kind": partial(require_choice, choices=KINDS),
    "node_nm": _parse_positive_int,
    "access_bits": _parse_positive_int,
    "capacity_kib": parse_positive,
    "energy_pj": parse_positive,
    "energy_high_pj": parse_positive,
    "area_um2": parse_positive,
}
