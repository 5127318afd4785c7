"""What a row of an energy table says: one number, its unit, and where it comes from."""

from dataclasses import dataclass
from typing import TypeVar

from workloads.errors import InputError


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

    def __post_init__(self) -> None:
        """Refuse a cell with a number format, an add without one, and an empty range."""
        if (self.format == "bit") != (self.operation in ("register", "gate")):
            raise InputError(f"format must not be {self.format} for {self.operation}")
        _check_range(self.energy_pj, self.energy_high_pj)

    @property
    def key(self) -> tuple[object, ...]:
        """What may occur once in a table."""
        return ("operation", self.operation, self.format, self.node_nm)


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
        """Refuse an SRAM without a size and an empty range; raises InputError."""
        if self.memory == "sram" and (self.capacity_kib is None or self.node_nm is None):
            raise InputError("an sram row needs capacity_kib and node_nm")
        _check_range(self.energy_pj, self.energy_high_pj)

    @property
    def key(self) -> tuple[object, ...]:
        """What may occur once in a table."""
        return ("memory", self.memory, self.capacity_kib, self.node_nm)

    @property
    def bit_pj(self) -> float:
        """Energy per bit, in pJ."""
        return self.energy_pj / self.access_bits


Row = TypeVar("Row", OperationRow, MemoryRow)


def _check_range(low_pj: float, high_pj: float | None) -> None:
    if high_pj is not None and high_pj < low_pj:
        raise InputError(f"energy_high_pj must be at least energy_pj = {low_pj:g}, not {high_pj:g}")
