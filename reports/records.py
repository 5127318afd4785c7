"""A run's record, checked, and its energy rows as something to look numbers up in.

The input of every report is the dict of a run folder's run.json, schema ``hwsim.run/1``.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from workloads.errors import InputError

SCHEMA = "hwsim.run/1"
REQUIRED = ("model", "array", "headline", "phases", "energy", "provenance")
TOTAL = "total"

Record = Mapping[str, Any]


def check_run(run: object) -> Record:
    """Return `run` if it is a run's record; raises InputError that names what is wrong."""
    if not isinstance(run, Mapping):
        raise InputError(f"run must be the object of a run.json, not {type(run).__name__}")
    if run.get("schema") != SCHEMA:
        raise InputError(f"run must have the schema {SCHEMA!r}, not {run.get('schema')!r}")
    for key in REQUIRED:
        if not run.get(key):
            raise InputError(f"run must have {key!r}, which is missing or empty")
    return run


def find_phase(run: Record, name: str) -> Record:
    """Return the phase called ``prefill`` or ``decode``; raises InputError."""
    for phase in run["phases"]:
        if phase["phase"] == name:
            return dict(phase)
    raise InputError(f"run must have a phase {name!r} in 'phases', which is missing")


class Ledger:
    """The energy rows of a run. Phases, nodes and scopes keep the order of the rows."""

    def __init__(self, rows: Iterable[Record]) -> None:
        # A prompt of one token is a decode step too: equal rows are one row.
        self.rows = tuple({tuple(row.items()): row for row in rows}.values())
        self.phases: tuple[str, ...] = self._distinct("phase")
        self.nodes_nm: tuple[int, ...] = self._distinct("node_nm")
        self.scopes: tuple[str, ...] = self._distinct("scope")

    def find_total(self, phase: str, node_nm: int, scope: str) -> Record | None:
        """Return the row that sums a scope up; where it has a single row, that one."""
        rows = [row for row in self._pass(phase, node_nm) if row["scope"] == scope]
        totals = [row for row in rows if row["category"] == TOTAL]
        return totals[-1] if totals else rows[-1] if len(rows) == 1 else None

    def find_parts(self, phase: str, node_nm: int) -> list[Record]:
        """Return the rows that the widest scope adds up: no totals, no scope that stands alone.

        A scope whose name begins with ``+`` adds to the scopes before it.
        """
        counted = list(self.scopes)
        first = len(counted) - 1
        while first > 0 and counted[first].startswith("+"):
            first -= 1
        wanted = counted[first:]
        rows = [row for row in self._pass(phase, node_nm) if row["scope"] in wanted]
        return [row for row in rows if row["category"] != TOTAL]

    def _pass(self, phase: str, node_nm: int) -> list[Record]:
        return [r for r in self.rows if r["phase"] == phase and r["node_nm"] == node_nm]

    def _distinct(self, field: str) -> tuple[Any, ...]:
        return tuple(dict.fromkeys(row[field] for row in self.rows))
