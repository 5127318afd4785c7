"""Energy tables as plain CSV: one row a number, each checked, each with its source.

The shipped tables are `operations.csv` and `memory.csv`; a user's own tables have the same columns.
`energy.technology` turns the rows into prices.
"""

import csv
import io
import re
from collections.abc import Callable
from dataclasses import MISSING, fields
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

from energy.rows import MemoryRow, OperationRow
from workloads.errors import InputError, require_choice

OPERATIONS_CSV = Path(__file__).with_name("operations.csv")
MEMORY_CSV = Path(__file__).with_name("memory.csv")

OPERATIONS = ("add", "mul", "register", "gate")
KINDS = ("published", "derived", "fitted", "measured")

Row = TypeVar("Row", OperationRow, MemoryRow)


def read_operations(path: str | PathLike[str] = OPERATIONS_CSV) -> list[OperationRow]:
    """Return the rows of an operations table.

    Raises InputError with file and line, for example
    ``mine.csv, line 3: energy_pj must be a positive number, not '-0.1'``.
    """
    return _read_table(Path(path), OperationRow)


def read_memory(path: str | PathLike[str] = MEMORY_CSV) -> list[MemoryRow]:
    """Return the rows of a memory table; raises InputError with file and line."""
    return _read_table(Path(path), MemoryRow)


def _read_table(path: Path, row_type: type[Row]) -> list[Row]:
    """Read and check; an error names the first wrong line."""
    header, lines = _read_cells(path)
    _check_header(path, header, row_type)
    rows: dict[tuple[object, ...], tuple[int, Row]] = {}
    for line, cells in lines:
        try:
            row = _make_row(dict(zip(header, cells, strict=True)), row_type)
        except InputError as error:
            raise InputError(f"{path}, line {line}: {error}") from None
        if row.key in rows:
            raise InputError(f"{path}, line {line}: the same entry as in line {rows[row.key][0]}")
        rows[row.key] = (line, row)
    return [row for _, row in rows.values()]


def _read_cells(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the header, and every line that is not blank with its number."""
    try:
        reader = csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig")))
        header, *lines = [
            (reader.line_num, [cell.strip() for cell in cells]) for cells in reader
        ] or [(1, [])]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read as a UTF-8 table: {error}") from None
    for line, cells in lines:
        if any(cells) and len(cells) != len(header[1]):
            raise InputError(
                f"{path}, line {line}: {len(cells)} cells where the header has "
                f"{len(header[1])} (decimals need a point, text with commas needs quotes)"
            )
    return header[1], [(line, cells) for line, cells in lines if any(cells)]


def _check_header(path: Path, header: list[str], row_type: type[Row]) -> None:
    known = [field.name for field in fields(row_type)]
    for name in header:
        if name not in known:
            raise InputError(f"{path}, line 1: unknown column {name!r}; known: {', '.join(known)}")
        if header.count(name) > 1:
            raise InputError(f"{path}, line 1: column {name} occurs {header.count(name)} times")
    for name in _list_required(row_type):
        if name not in header:
            raise InputError(f"{path}, line 1: column {name} is missing")


def _make_row(cells: dict[str, str], row_type: type[Row]) -> Row:
    for name in _list_required(row_type):
        if not cells[name]:
            raise InputError(f"{name} is empty")
    return row_type(
        **{
            name: _PARSERS.get(name, _parse_text)(name, text)
            for name, text in cells.items()
            if text
        }
    )


def _list_required(row_type: type[Row]) -> list[str]:
    return [field.name for field in fields(row_type) if field.default is MISSING]


def _parse_positive(name: str, text: str) -> float:
    if "," in text:
        raise InputError(f"{name} needs a decimal point, not a comma: {text!r}")
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0 < value < float("inf"):
        raise InputError(f"{name} must be a positive number, not {text!r}")
    return value


def _parse_positive_int(name: str, text: str) -> int:
    if not re.fullmatch(r"0*[1-9][0-9]{0,8}", text):
        raise InputError(f"{name} must be a positive int, not {text!r}")
    return int(text)


def _parse_format(name: str, text: str) -> str:
    if not re.fullmatch(r"(int|fp|bf)[1-9][0-9]?|bit", text):
        raise InputError(f"{name} must be int8, int16, ..., fp16, bf16, fp32 or bit, not {text!r}")
    return text


def _parse_text(name: str, text: str) -> str:
    return text


_PARSERS: dict[str, Callable[[str, str], Any]] = {
    "operation": partial(require_choice, choices=OPERATIONS),
    "format": _parse_format,
    "kind": partial(require_choice, choices=KINDS),
    "node_nm": _parse_positive_int,
    "access_bits": _parse_positive_int,
    "capacity_kib": _parse_positive,
    "energy_pj": _parse_positive,
    "energy_high_pj": _parse_positive,
    "area_um2": _parse_positive,
}
