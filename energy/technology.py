"""Prices of a technology node: published numbers, and derived ones by stated rules.

Every look-up returns an `OpEnergy`, which says whether its number is published or derived and from
where; the `_pj` methods return the bare number. The rules, for what no paper prints:

- An integer adder of any width: straight lines between the published widths; in proportion to the
  bits below the narrowest and above the widest. (INT16 at 7 nm, 21-bit accumulators.)
- A full adder of a compressor tree: an eighth of an INT8 add, the line that the 71.4x rests on.
- An SRAM of any size: straight lines in log(size), log(energy per 64-bit access) through the
  published sizes, continued beyond them.
- A register bit and a gate: the 40 nm numbers of the Aladdin library, taken as 45 nm and scaled
  to another node as the INT32 add scales (0.30 to 7 nm).
- A selector bit (+a, -a or 0): two gates. Its select is one-hot, so of its two ANDs one toggles.
"""

import math
import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from os import PathLike

from energy.rows import MemoryRow, OperationRow
from energy.tables import Row, read_memory, read_operations
from workloads.errors import InputError, require_int, require_number

REFERENCE_NM = 45
CELL_NM = 40
ACCESS_BITS = 64
MAX_ADDER_WIDTH = 128


@dataclass(frozen=True, kw_only=True)
class OpEnergy:
    """One price in pJ with its kind (published, derived, ...) and source.

    `high_pj` is the upper end where a range is published; the ledger uses the lower end.
    """

    pj: float
    kind: str
    source: str
    high_pj: float | None = None


@dataclass(frozen=True, kw_only=True)
class Technology:
    """The prices of one node. Get one from `load_technology`.

    Attributes
    ----------
    node_nm : the node that look-ups refer to.
    operations, memories : table rows of all nodes.
    """

    node_nm: int
    operations: tuple[OperationRow, ...]
    memories: tuple[MemoryRow, ...]

    def __post_init__(self) -> None:
        """Refuse a node that no table prices; raises InputError."""
        known = sorted({row.node_nm for row in self.operations if row.operation == "add"})
        if self.node_nm not in known:
            names = ", ".join(map(str, known))
            raise InputError(f"node_nm must be one of {names}, not {self.node_nm!r}")

    def add(self, format: str) -> OpEnergy:
        """Return the price of an add; an integer of any width (``int21``) may be derived."""
        try:
            return self._published("add", format)
        except InputError:
            if not (match := re.fullmatch(r"int([1-9][0-9]*)", format)):
                raise
        return self._interpolated_add(int(match[1]))

    def mul(self, format: str) -> OpEnergy:
        """Return the price of a multiply; published formats only, nothing is derived."""
        return self._published("mul", format)

    def full_adder(self) -> OpEnergy:
        """Return the price of one full adder used once."""
        add = self.add("int8")
        return OpEnergy(pj=add.pj / 8, kind="derived", source=f"INT8 add / 8, {add.source}")

    def register_bit(self) -> OpEnergy:
        """Return the price of clocking one register bit, its share of data toggling included."""
        return self._cell("register")

    def selector_bit(self) -> OpEnergy:
        """Return the price of selecting one bit of +a, -a or 0."""
        gate = self._cell("gate")
        return OpEnergy(pj=2 * gate.pj, kind="derived", source=f"two gates, {gate.source}")

    def sram(self, capacity_bytes: float) -> OpEnergy:
        """Return the price of a 64-bit access to an SRAM of `capacity_bytes`."""
        kib = require_number("capacity_bytes", capacity_bytes) / 1024
        points = sorted(
            (row.capacity_kib, row.bit_pj * ACCESS_BITS, row)
            for row in self.memories
            if row.memory == "sram" and row.node_nm == self.node_nm and row.capacity_kib
        )
        if not points:
            raise InputError(f"no sram is priced at {self.node_nm} nm")
        for size, energy_pj, row in points:
            if size == kib:
                return OpEnergy(
                    pj=energy_pj, kind=row.kind, source=row.source, high_pj=row.energy_high_pj
                )
        if len(points) < 2:
            raise InputError(f"one sram size at {self.node_nm} nm prices no other size")
        sizes = [math.log(size) for size, _, _ in points]
        logs = [math.log(energy_pj) for _, energy_pj, _ in points]
        position = min(max(bisect_left(sizes, math.log(kib)), 1), len(sizes) - 1)
        return OpEnergy(
            pj=math.exp(_line(math.log(kib), sizes, logs, position)),
            kind="derived",
            source=f"log-log line through the SRAMs of {points[0][2].source}",
        )

    def dram_bit(self, memory: str) -> OpEnergy:
        """Return the price of moving one bit to or from a DRAM, for example ``hbm2``."""
        rows = {row.node_nm: row for row in self.memories if row.memory == memory != "sram"}
        row = rows.get(self.node_nm) or rows.get(None)
        if row is None:
            usable = {r.memory for r in self.memories if r.node_nm in (None, self.node_nm)}
            names = ", ".join(sorted(usable - {"sram"}))
            raise InputError(f"dram must be one of {names} at {self.node_nm} nm, not {memory!r}")
        high_pj = row.energy_high_pj and row.energy_high_pj / row.access_bits
        source = f"{row.source} ({row.scope})"
        return OpEnergy(pj=row.bit_pj, kind=row.kind, source=source, high_pj=high_pj)

    def add_pj(self, format: str) -> float:
        """Return `add(format).pj`."""
        return self.add(format).pj

    def mul_pj(self, format: str) -> float:
        """Return `mul(format).pj`."""
        return self.mul(format).pj

    def sram_pj(self, capacity_bytes: float) -> float:
        """Return `sram(capacity_bytes).pj`, per 64-bit access."""
        return self.sram(capacity_bytes).pj

    def dram_bit_pj(self, memory: str) -> float:
        """Return `dram_bit(memory).pj`."""
        return self.dram_bit(memory).pj

    def _published(self, operation: str, format: str, node_nm: int | None = None) -> OpEnergy:
        node_nm = node_nm or self.node_nm
        rows = [r for r in self.operations if r.operation == operation and r.node_nm == node_nm]
        for row in rows:
            if row.format == format:
                return OpEnergy(
                    pj=row.energy_pj, kind=row.kind, source=row.source, high_pj=row.energy_high_pj
                )
        known = ", ".join(row.format for row in rows)
        raise InputError(f"no {operation} of {format!r} at {node_nm} nm; known: {known}")

    def _interpolated_add(self, width: int) -> OpEnergy:
        require_int("adder width", width, 1, MAX_ADDER_WIDTH)
        rows = sorted(
            (int(row.format[3:]), row.energy_pj, row.source)
            for row in self.operations
            if row.operation == "add" and row.node_nm == self.node_nm and row.format[:3] == "int"
        )
        if not rows:
            raise InputError(f"no integer add is priced at {self.node_nm} nm")
        widths, energies, sources = zip(*rows, strict=True)
        if width < widths[0] or width > widths[-1]:
            nearest = 0 if width < widths[0] else -1
            energy_pj = energies[nearest] * width / widths[nearest]
        else:
            energy_pj = _line(width, widths, energies, bisect_left(widths, width))
        source = f"line between published integer adds, {sources[0]}"
        return OpEnergy(pj=energy_pj, kind="derived", source=source)

    def _cell(self, operation: str) -> OpEnergy:
        """Return the node's own row, or the 40 nm one scaled as the INT32 add scales."""
        try:
            return self._published(operation, "bit")
        except InputError:
            cell = self._published(operation, "bit", CELL_NM)
        scale = self.add("int32").pj / self._published("add", "int32", REFERENCE_NM).pj
        source = f"{CELL_NM} nm cell x INT32 add ratio {scale:g}, {cell.source}"
        return OpEnergy(pj=cell.pj * scale, kind="derived", source=source)


def load_technology(
    node_nm: int = 7,
    *,
    operations: str | PathLike[str] | None = None,
    memory: str | PathLike[str] | None = None,
) -> Technology:
    """Return the prices of a node.

    Parameters
    ----------
    node_nm : 7 or 45, or a node of the user's own table.
    operations, memory : the user's own tables, with the columns of the shipped ones. Their rows
        join the shipped rows; one that prices the same thing at the same node takes its place.

    Raises InputError for an unknown node, and with file and line for a wrong table.

    >>> load_technology(7).add_pj("int8")
    0.007
    """
    shipped_operations, shipped_memories = _load_shipped()
    return Technology(
        node_nm=node_nm,
        operations=_join(shipped_operations, read_operations(operations) if operations else ()),
        memories=_join(shipped_memories, read_memory(memory) if memory else ()),
    )


@cache
def _load_shipped() -> tuple[tuple[OperationRow, ...], tuple[MemoryRow, ...]]:
    return tuple(read_operations()), tuple(read_memory())


def _join(shipped: Iterable[Row], own: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(({row.key: row for row in shipped} | {row.key: row for row in own}).values())


def _line(x: float, xs: Sequence[float], ys: Sequence[float], right: int) -> float:
    """Return the value at `x` of the line through the points `right` - 1 and `right`."""
    slope = (ys[right] - ys[right - 1]) / (xs[right] - xs[right - 1])
    return ys[right - 1] + slope * (x - xs[right - 1])
