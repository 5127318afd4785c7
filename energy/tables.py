"""Energy tables as plain CSV: one row a number, each checked, each with its source.

The shipped tables are `operations.csv` and `memory.csv`; a user's own tables have the same columns.
`energy.technology` turns the rows into prices.
"""

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, fields
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

from workloads.errors import InputError, require_choice

OPERATIONS_CSV = Path(__file__).with_name("operations.csv")
MEMORY_CSV = Path(__file__).with_name("memory.csv")

OPERATIONS = ("add", "mul", "register", "gate")
KINDS = ("published", "derived", "fitted", "measured")

Row = TypeVar("Row", "OperationRow", "MemoryRow")


@dataclass(frozen=True, kw_only=True)
class OperationRow:
    """One operation's energy, a row of `operations.csv`.

    Attributes
    ----------
    operation : ``add``, ``mul``, ``register`` (one bit, clocked once) or ``gate`` (two inputs).
    format : operands, for example ``int8`` or ``fp16``; ``bit`` for register and gate.
    node_nm : technology node.
    energy_pj : energy of one operation; `energy_high_pj` is the upper end of a published range.
    area_um2 : area of the unit, where published.
    source, place : citation with doi or arXiv number; table or figure in it.
    kind : published, derived, fitted or measured.
    """

    operation: str
    format: str
    node_nm: int
    energy_pj: float
    source: str
    kind: str
    energy_high_pj: float | None = None
    area_um2: float | None = None
    place: str = ""

    @property
    def key(self) -> tuple[object, ...]:
        """What may occur once in a table."""
        return (self.operation, self.format, self.node_nm)


@dataclass(frozen=True, kw_only=True)
class MemoryRow:
    """One memory's energy, a row of `memory.csv`.

    Attributes
    ----------
    memory : ``sram``, or a kind of DRAM.
    access_bits : bits that `energy_pj` moves. Papers price 64-bit, 32-bit and single-bit accesses,
        so no energy stands without it: 1300 pJ per 64 bit and 640 pJ per 32 bit are the same DRAM.
    capacity_kib : size of the SRAM; None for DRAM.
    node_nm : technology node; None where the number does not belong to a logic node.
    scope : what the energy covers, for example ``whole device`` or ``interface only``.
    """

    memory: str
    access_bits: int
    energy_pj: float
    source: str
    kind: str
    capacity_kib: float | None = None
    node_nm: int | None = None
    energy_high_pj: float | None = None
    scope: str = ""
    place: str = ""

    def __post_init__(self) -> None:
        """Refuse an SRAM without a size; raises InputError."""
        if self.memory == "sram" and (self.capacity_kib is None or self.node_nm is None):
            raise InputError("an sram row needs capacity_kib and node_nm")

    @property
    def key(self) -> tuple[object, ...]:
        """What may occur once in a table."""
        return (self.memory, self.capacity_kib, self.node_nm)

    @property
    def bit_pj(self) -> float:
        """Energy per bit, in pJ."""
        return self.energy_pj / self.access_bits


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
    """Read, check and deduplicate; an error names the first wrong line."""
    rows: dict[tuple[object, ...], tuple[int, Row]] = {}
    for line, cells in _read_cells(path, row_type):
        try:
            row = row_type(
                **{
                    name: _PARSERS.get(name, _parse_text)(name, text)
                    for name, text in cells.items()
                    if text
                }
            )
        except InputError as error:
            raise InputError(f"{path}, line {line}: {error}") from None
        if row.key in rows:
            raise InputError(f"{path}, line {line}: the same entry as in line {rows[row.key][0]}")
        rows[row.key] = (line, row)
    return [row for _, row in rows.values()]


def _read_cells(path: Path, row_type: type[Row]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each line's number and its cells by column; blank lines are skipped."""
    known = [field.name for field in fields(row_type)]
    required = [field.name for field in fields(row_type) if field.default is MISSING]
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as a UTF-8 table: {error}") from None
    reader = csv.reader(lines)
    header = [name.strip() for name in next(reader, [])]
    for name in header:
        if name not in known:
            raise InputError(f"{path}, line 1: unknown column {name!r}; known: {', '.join(known)}")
    for name in required:
        if name not in header:
            raise InputError(f"{path}, line 1: column {name} is missing")
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            raise InputError(
                f"{path}, line {reader.line_num}: {len(cells)} cells where the header has "
                f"{len(header)} (decimals need a point, text with commas needs quotes)"
            )
        row = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
        for name in required:
            if not row[name]:
                raise InputError(f"{path}, line {reader.line_num}: {name} is empty")
        yield reader.line_num, row


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
