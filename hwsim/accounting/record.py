"""What an account of energy says: rows with their sources, and totals by scope and format."""

from dataclasses import asdict, dataclass
from typing import Any

from energy.activity import Activity
from energy.formats import FORMATS
from energy.ledger import NOT_COUNTED
from rtl.config import ArrayConfig
from workloads.shapes import ModelShape


@dataclass(frozen=True, kw_only=True)
class EnergyRow:
    """Energy of one category, in one scope, number format and node.

    Attributes
    ----------
    scope, part, category : the composition, the part of it, what is counted.
    format : ``ternary`` or a baseline.
    energy_pj : of all forward passes of the account.
    scaled : what a measured rate did: a factor with its rule, ``unscaled``, or empty.
    kind : published if every price is, otherwise derived (or the kind of the user's own prices).
    counted, source : what was counted, and where the prices come from.
    prices_pj : the prices, in the order of their sources.
    """

    scope: str
    part: str
    category: str
    format: str
    node_nm: int
    energy_pj: float
    scaled: str
    kind: str
    counted: str
    source: str
    prices_pj: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class EnergyAccount:
    """The result of `account_energy`.

    Attributes
    ----------
    passes : tokens and context of each forward pass; energies are of all of them.
    scopes : names of the compositions, in the order asked for.
    formats : number formats, ternary first.
    zero_source : where the share of zero weights comes from.
    """

    shape: ModelShape
    config: ArrayConfig
    passes: tuple[tuple[int, int], ...]
    scopes: tuple[str, ...]
    formats: tuple[str, ...]
    nodes_nm: tuple[int, ...]
    rows: tuple[EnergyRow, ...]
    zero_source: str
    activity: Activity | None

    def total_pj(self, scope: str, format: str, node_nm: int) -> float | None:
        """Return the energy of a scope; None where the node has no price for the format."""
        key = (scope, format, node_nm)
        parts = [r.energy_pj for r in self.rows if (r.scope, r.format, r.node_nm) == key]
        return sum(parts) if parts else None

    def _repr_html_(self) -> str:
        from hwsim.accounting.tables import show_account

        return show_account(self)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "model": asdict(self.shape),
            "zero_fraction_source": self.zero_source,
            "array": asdict(self.config),
            "passes": [{"tokens": tokens, "context": context} for tokens, context in self.passes],
            "activity": self.activity and asdict(self.activity),
            "accounting": {name: FORMATS[name].accounting for name in self.formats},
            "not_counted": list(NOT_COUNTED),
            "totals": [
                {"scope": scope, "format": name, "node_nm": node_nm, "energy_pj": total_pj}
                for node_nm in self.nodes_nm
                for scope in self.scopes
                for name in self.formats
                if (total_pj := self.total_pj(scope, name, node_nm)) is not None
            ],
            "rows": [asdict(row) for row in self.rows],
        }
