"""A price: energy of one event, and where the number comes from."""

from dataclasses import dataclass

from energy.rows import MemoryRow, OperationRow
from workloads.errors import InputError


class MissingPriceError(InputError):
    """No table prices what is asked for at a node."""


@dataclass(frozen=True, kw_only=True)
class OpEnergy:
    """One price in pJ with its kind (published, derived, ...) and source.

    `high_pj` is the upper end where a range is published; energies use the lower end.
    """

    pj: float
    kind: str
    source: str
    high_pj: float | None = None


def price_row(row: OperationRow | MemoryRow, pj: float) -> OpEnergy:
    """Return a table row's price, `pj` for the event in question, a range scaled with it."""
    scope = f" ({row.scope})" if isinstance(row, MemoryRow) and row.scope else ""
    scope += f" ({row.place})" if row.kind == "derived" and row.place else ""
    high_pj = row.energy_high_pj and row.energy_high_pj * (pj / row.energy_pj)
    return OpEnergy(pj=pj, kind=row.kind, source=f"{row.source}{scope}", high_pj=high_pj)
