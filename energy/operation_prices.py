"""Prices of operations, registers and gates at one node."""

import re
from bisect import bisect_left
from dataclasses import dataclass

from energy.derivations import derive_add_pj
from energy.prices import MissingPriceError, OpEnergy, price_row
from energy.rows import OperationRow
from workloads.errors import InputError, require_int

REFERENCE_NM = 45
CELL_NM = 40
MAX_ADDER_WIDTH = 128


@dataclass(frozen=True, kw_only=True)
class OperationPrices:
    """Look-ups in the operation rows of all nodes; see `energy.technology`."""

    node_nm: int
    operations: tuple[OperationRow, ...]

    def __post_init__(self) -> None:
        """Refuse a node that no table prices; raises InputError."""
        known = sorted({row.node_nm for row in self.operations if row.operation == "add"})
        if self.node_nm not in known:
            names = ", ".join(map(str, known))
            raise InputError(f"node_nm must be one of {names}, not {self.node_nm!r}")

    def add(self, format: str) -> OpEnergy:
        """Return the price of an add; an integer of any width (``int21``) may be derived."""
        try:
            return self._find("add", format)
        except InputError:
            if not (match := re.fullmatch(r"int([1-9][0-9]*)", format)):
                raise
        width = require_int("adder width", int(match[1]), 1, MAX_ADDER_WIDTH)
        priced = {int(r.format[3:]): r for r in self._list("add") if r.format.startswith("int")}
        if not priced:
            raise MissingPriceError(f"no integer add is priced at {self.node_nm} nm")
        widths = sorted(priced)
        right = bisect_left(widths, width)
        ends = [priced[bits].source for bits in widths[max(right - 1, 0) : right + 1]]
        return OpEnergy(
            pj=derive_add_pj(width, widths, [priced[bits].energy_pj for bits in widths]),
            kind="derived",
            source=f"line through the integer adds of {' and '.join(dict.fromkeys(ends))}",
        )

    def mul(self, format: str) -> OpEnergy:
        """Return the price of a multiply; table rows only, nothing is derived."""
        return self._find("mul", format)

    def full_adder(self) -> OpEnergy:
        """Return the price of one full adder used once."""
        add = self.add("int8")
        return OpEnergy(pj=add.pj / 8, kind="derived", source=f"INT8 add / 8, {add.source}")

    def register_bit(self) -> OpEnergy:
        """Return the price of clocking one register bit, its share of data toggling included."""
        return self._cell("register")

    def gate(self) -> OpEnergy:
        """Return the price of a two-input gate used once."""
        return self._cell("gate")

    def selector_bit(self) -> OpEnergy:
        """Return the price of selecting one bit of +a, -a or 0."""
        gate = self.gate()
        return OpEnergy(pj=2 * gate.pj, kind="derived", source=f"two gates, {gate.source}")

    def add_pj(self, format: str) -> float:
        """Return `add(format).pj`."""
        return self.add(format).pj

    def mul_pj(self, format: str) -> float:
        """Return `mul(format).pj`."""
        return self.mul(format).pj

    def _list(self, operation: str, node_nm: int | None = None) -> list[OperationRow]:
        node_nm = node_nm or self.node_nm
        return [r for r in self.operations if r.operation == operation and r.node_nm == node_nm]

    def _find(self, operation: str, format: str, node_nm: int | None = None) -> OpEnergy:
        rows = self._list(operation, node_nm)
        for row in rows:
            if row.format == format:
                return price_row(row, row.energy_pj)
        known = ", ".join(row.format for row in rows)
        listed = f"; known: {known}" if known else f": no {operation} is priced there"
        node_nm = node_nm or self.node_nm
        raise MissingPriceError(f"no {operation} of {format!r} at {node_nm} nm{listed}")

    def _cell(self, operation: str) -> OpEnergy:
        """Return the node's own row, or the 40 nm one scaled as the INT32 add scales."""
        if self._list(operation):
            return self._find(operation, "bit")
        cell = self._find(operation, "bit", CELL_NM)
        scale = self.add("int32").pj / self._find("add", "int32", REFERENCE_NM).pj
        source = f"{CELL_NM} nm cell x INT32 add ratio {scale:g}, {cell.source}"
        return OpEnergy(pj=cell.pj * scale, kind="derived", source=source)
