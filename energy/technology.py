"""Prices of a technology node: published numbers, and derived ones by stated rules.

Every look-up returns an `OpEnergy`, which says whether its number is published or derived and from
where; the `_pj` methods return the bare number. Beside the rules of `energy.derivations`:

- A full adder of a compressor tree: an eighth of an INT8 add, the line that the 71.4x rests on.
- A register bit and a gate: the 40 nm numbers of the Aladdin library, taken as 45 nm and scaled
  to another node as the INT32 add scales (0.30 to 7 nm).
- A selector bit (+a, -a or 0): two gates, an AND and an XOR.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from os import PathLike

from energy.memory_prices import MemoryPrices
from energy.operation_prices import OperationPrices
from energy.rows import MemoryRow, OperationRow, Row
from energy.tables import MEMORY_CSV, OPERATIONS_CSV, read_table


@dataclass(frozen=True, kw_only=True)
class Technology(OperationPrices, MemoryPrices):
    """The prices of one node. Get one from `load_technology`.

    Attributes
    ----------
    node_nm : the node that look-ups refer to.
    operations, memories : table rows of all nodes.
    """


def load_technology(node_nm: int = 7, *, tables: Iterable[str | PathLike[str]] = ()) -> Technology:
    """Return the prices of a node.

    Parameters
    ----------
    node_nm : 7 or 45, or a node of the user's own tables.
    tables : the user's own tables, see `energy.tables.read_table`. Their rows join the shipped
        rows; one that prices the same thing at the same node takes its place. Beside an integer add
        of the user's, shipped derived ones at its node are derived again.

    Raises InputError for an unknown node, and with file and line for a wrong table.

    >>> load_technology(7).add_pj("int8")
    0.007
    """
    operations, memories = _load_shipped()
    for path in tables:
        table = read_table(path)
        operations = _join(_drop_outdated(operations, table.operations), table.operations)
        memories = _join(memories, table.memories)
    return Technology(node_nm=node_nm, operations=operations, memories=memories)


@cache
def _load_shipped() -> tuple[tuple[OperationRow, ...], tuple[MemoryRow, ...]]:
    return read_table(OPERATIONS_CSV).operations, read_table(MEMORY_CSV).memories


def _drop_outdated(rows: Iterable[OperationRow], own: Iterable[OperationRow]) -> list[OperationRow]:
    """Return `rows` less the shipped derived integer adds where the user's own are in force."""
    nodes_nm = {row.node_nm for row in own if _is_integer_add(row)}
    derived = {row for row in _load_shipped()[0] if _is_integer_add(row) and row.kind == "derived"}
    return [row for row in rows if row not in derived or row.node_nm not in nodes_nm]


def _is_integer_add(row: OperationRow) -> bool:
    return row.operation == "add" and row.format.startswith("int")


def _join(rows: Iterable[Row], own: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(({row.key: row for row in rows} | {row.key: row for row in own}).values())
