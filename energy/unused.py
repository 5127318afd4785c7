"""Rows of the user's own tables that no account looks up: misspelt formats, nodes not asked for."""

from collections.abc import Collection, Iterable, Iterator
from os import PathLike

from energy.formats import FORMATS
from energy.operation_prices import CELL_NM, REFERENCE_NM
from energy.rows import MemoryRow, OperationRow
from energy.tables import read_table

# Integer adds of other widths are the knots of a line only; see `energy.derivations`.
_CELLS = {"bit"}
_ADDS = {name for numbers in FORMATS.values() for name in (numbers.sum, numbers.other)}
_ADDS |= {"int16", "int32"}
_MULS = {str(name) for numbers in FORMATS.values() for name in (numbers.product, numbers.other)}
_SCALED = {("add", "int32", REFERENCE_NM), ("register", "bit", CELL_NM), ("gate", "bit", CELL_NM)}


def list_unused(tables: Iterable[str | PathLike[str]], nodes_nm: Collection[int]) -> Iterator[str]:
    """Yield a sentence for every row of `tables` that energies at `nodes_nm` do not rest on.

    An example: ``mine.csv, line 2: mul int9 at 7 nm is used by nothing``. Raises InputError.
    """
    for path in tables:
        table = read_table(path)
        rows: list[OperationRow | MemoryRow] = [*table.operations, *table.memories]
        for row in rows:
            if fault := _find_fault(row, nodes_nm):
                yield f"{path}, line {table.lines[row.key]}: {fault}"


def _find_fault(row: OperationRow | MemoryRow, nodes_nm: Collection[int]) -> str:
    """Return what is wrong with a row, or nothing."""
    if isinstance(row, MemoryRow):
        asked = row.node_nm is None or row.node_nm in nodes_nm
        return "" if asked else f"{row.memory} at {row.node_nm} nm is used by nothing"
    name = f"{row.operation} {row.format} at {row.node_nm} nm"
    if (row.operation, row.format, row.node_nm) in _SCALED:
        return ""
    known = {"add": _ADDS, "mul": _MULS}.get(row.operation, _CELLS)
    if row.node_nm in nodes_nm and row.format in known:
        return ""
    if row.node_nm in nodes_nm and row.operation == "add" and row.format.startswith("int"):
        return f"{name} is used by nothing but the line through the integer adds"
    return f"{name} is used by nothing"
