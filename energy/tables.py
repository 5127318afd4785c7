"""Energy tables as plain CSV: one row a number, each checked, each with its source.

The shipped tables are `operations.csv` and `memory.csv`. A user's table has the columns of either,
or of both: then a row fills ``operation`` or ``memory``, and leaves the other's columns empty.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from os import PathLike
from pathlib import Path

from energy.cells import parse_cell
from energy.rows import MemoryRow, OperationRow
from workloads.errors import InputError

OPERATIONS_CSV = Path(__file__).with_name("operations.csv")
MEMORY_CSV = Path(__file__).with_name("memory.csv")

_ROWS: dict[str, type[OperationRow] | type[MemoryRow]] = {
    "operation": OperationRow,
    "memory": MemoryRow,
}
_COLUMNS = list(dict.fromkeys(field.name for row in _ROWS.values() for field in fields(row)))


@dataclass(frozen=True, kw_only=True)
class Table:
    """The rows of one file; `lines` has the line of each, by its key."""

    operations: tuple[OperationRow, ...]
    memories: tuple[MemoryRow, ...]
    lines: Mapping[tuple[object, ...], int] = field(default_factory=dict, compare=False)


def read_table(path: str | PathLike[str]) -> Table:
    """Return the rows of a table.

    Raises InputError with file and line, for example
    ``mine.csv, line 3: energy_pj must be a positive number, not '-0.1'``.
    """
    header, lines = read_cells(Path(path))
    _check_header(path, header)
    rows: dict[tuple[object, ...], tuple[int, OperationRow | MemoryRow]] = {}
    for line, cells in lines:
        try:
            row = _make_row(dict(zip(header, cells, strict=True)))
        except InputError as error:
            raise InputError(f"{path}, line {line}: {error}") from None
        if row.key in rows:
            raise InputError(f"{path}, line {line}: the same entry as in line {rows[row.key][0]}")
        rows[row.key] = (line, row)
    listed = [row for _, row in rows.values()]
    return Table(
        operations=tuple(row for row in listed if isinstance(row, OperationRow)),
        memories=tuple(row for row in listed if isinstance(row, MemoryRow)),
        lines={key: line for key, (line, _) in rows.items()},
    )


def read_cells(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return a CSV's header, and every line that is not blank with its number.

    Raises InputError for a file that is no UTF-8 CSV, with the line for a wrong number of cells.
    """
    try:
        reader = csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig")))
        lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read as a UTF-8 table: {error}") from None
    header = lines[0][1] if lines else []
    filled = [(line, cells) for line, cells in lines[1:] if any(cells)]
    for line, cells in filled:
        if len(cells) != len(header):
            raise InputError(
                f"{path}, line {line}: {len(cells)} cells where the header has {len(header)} "
                "(decimals need a point, text with commas needs quotes)"
            )
    return header, filled


def _check_header(path: str | PathLike[str], header: list[str]) -> None:
    for problem in _find_problems(header):
        raise InputError(f"{path}, line 1: {problem}")


def _find_problems(header: list[str]) -> Iterator[str]:
    for name in header:
        with_unit = [known for known in _COLUMNS if known.startswith(f"{name}_")]
        if name not in _COLUMNS and with_unit:
            yield f"column {name!r} needs its unit: {' or '.join(with_unit)}"
        elif name not in _COLUMNS:
            yield f"unknown column {name!r}; known: {', '.join(_COLUMNS)}"
        if header.count(name) > 1:
            yield f"column {name} occurs {header.count(name)} times"
    present = [name for name in _ROWS if name in header]
    if not present:
        yield "column operation or memory is missing"
    for row in present:
        for name in _list_required(_ROWS[row]):
            if name not in header:
                yield f"column {name} is missing"


def _make_row(cells: dict[str, str]) -> OperationRow | MemoryRow:
    filled = [name for name in _ROWS if cells.get(name)]
    if len(filled) != 1:
        present = [name for name in _ROWS if name in cells]
        one_of = " and ".join(present) if filled else " or ".join(present)
        raise InputError(f"{one_of} {'are both filled' if filled else 'is empty'}")
    row_type = _ROWS[filled[0]]
    for name in _list_required(row_type):
        if not cells[name]:
            raise InputError(f"{name} is empty")
    known = [field.name for field in fields(row_type)]
    for name, text in cells.items():
        if text and name not in known:
            article = "an" if row_type is OperationRow else "a"
            raise InputError(
                f"{name} must be empty in a row of {article} {filled[0]}, not {text!r}"
            )
    return row_type(**{name: parse_cell(name, text) for name, text in cells.items() if text})


def _list_required(row_type: type[OperationRow] | type[MemoryRow]) -> list[str]:
    return [field.name for field in fields(row_type) if field.default is MISSING]
