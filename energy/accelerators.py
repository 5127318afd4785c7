"""Published ternary accelerators, one row a design, with what each number covers.

One op is one MAC here. Where a paper counts two, `ops_per_mac` says so; where it does not say, its
TOPS are not converted. What a source does not report is None and prints as n/r.
"""

from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from energy.cells import parse_positive
from energy.tables import read_cells
from workloads.errors import InputError, require_choice

ACCELERATORS_CSV = Path(__file__).with_name("accelerators.csv")

TARGETS = ("asic", "fpga")
# What a power covers: one compute macro; a core with its SRAM; a chip that holds all weights; a
# board with its DRAM and supplies; or only what computing adds to an idle board.
SCOPES = ("macro", "core", "chip", "board", "dynamic")
BASES = ("silicon", "synthesis", "metered", "projected")


@dataclass(frozen=True, kw_only=True)
class Accelerator:
    """One published design.

    Attributes
    ----------
    model, weights : what it ran, and that model's ternary weights: the MACs of a token.
    node_nm, target : technology; ``asic`` or ``fpga``.
    scope : what the power covers, one of `SCOPES`.
    basis : how the numbers came about, one of `BASES`.
    decode_tokens_s, prefill_tokens_s, power_w : as printed.
    energy_pj_mac, efficiency_tops_w, ops_per_mac : as printed, with the paper's ops to a MAC.
    area_mm2, luts : as printed.
    """

    name: str
    source: str
    target: str
    model: str | None = None
    weights: float | None = None
    node_nm: float | None = None
    scope: str | None = None
    basis: str | None = None
    decode_tokens_s: float | None = None
    prefill_tokens_s: float | None = None
    power_w: float | None = None
    energy_pj_mac: float | None = None
    efficiency_tops_w: float | None = None
    ops_per_mac: float | None = None
    area_mm2: float | None = None
    luts: float | None = None
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse unknown labels; raises InputError."""
        for name, known in (("target", TARGETS), ("scope", SCOPES), ("basis", BASES)):
            if getattr(self, name) is not None:
                require_choice(name, getattr(self, name), known)

    @property
    def normalised_pj_mac(self) -> tuple[float, str] | None:
        """Energy a MAC in pJ with the rule that gave it; None where conventions are not stated."""
        if self.energy_pj_mac is not None:
            return self.energy_pj_mac, "as printed"
        if self.power_w and self.decode_tokens_s and self.weights:
            joules = self.power_w / (self.decode_tokens_s * self.weights)
            return joules * 1e12, "power / (tokens/s x weights)"
        if self.efficiency_tops_w and self.ops_per_mac:
            return self.ops_per_mac / self.efficiency_tops_w, "ops a MAC / (TOPS/W)"
        return None


@cache
def load_accelerators() -> tuple[Accelerator, ...]:
    """Return the shipped rows in their order."""
    return read_accelerators(ACCELERATORS_CSV)


def read_accelerators(path: Path) -> tuple[Accelerator, ...]:
    """Return the rows of a CSV; raises InputError with file and line."""
    header, lines = read_cells(path)
    known = {field.name: field.type for field in fields(Accelerator)}
    for name in header:
        if name not in known:
            raise InputError(f"{path}, line 1: unknown column {name!r}; known: {', '.join(known)}")
    rows = []
    for line, cells in lines:
        filled = {name: text for name, text in zip(header, cells, strict=True) if text}
        try:
            for name in ("name", "source", "target"):
                if name not in filled:
                    raise InputError(f"{name} is empty")
            values: dict[str, Any] = {
                name: parse_positive(name, text) if known[name] == float | None else text
                for name, text in filled.items()
            }
            rows.append(Accelerator(**values))
        except InputError as error:
            raise InputError(f"{path}, line {line}: {error}") from None
    return tuple(rows)
