"""The ledger's categories, joined into the few groups that a figure can show."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.records import Record

# Named as the figure's legend names them; every colour differs from its neighbours for colour-blind
# readers (Okabe and Ito, "Color universal design", 2008).
COLOURS = {
    "linear layers": "#0072B2",
    "scales and attention (FP16)": "#56B4E9",
    "registers": "#009E73",
    "SRAM": "#E69F00",
    "DRAM: weights": "#D55E00",
    "DRAM: keys and values": "#CC79A7",
    "LM head": "#999999",
}
_BY_CATEGORY = {
    ("array", "scales"): "scales and attention (FP16)",
    ("array", "attention"): "scales and attention (FP16)",
    ("+dram", "key-value cache"): "DRAM: keys and values",
}
_BY_SCOPE = {
    "array": "linear layers",
    "+registers": "registers",
    "+sram": "SRAM",
    "+dram": "DRAM: weights",
    "+lm-head": "LM head",
}


@dataclass(frozen=True, kw_only=True)
class EnergyGroup:
    """Energy of a group of categories in pJ, of the FP16 twin and of the ternary model."""

    name: str
    fp16_pj: float
    ternary_pj: float


def name_group(row: Record) -> str:
    """Return the group of a row by its scope and category."""
    key = (row["scope"], row["category"])
    return str(_BY_CATEGORY.get(key) or _BY_SCOPE.get(row["scope"]) or row["category"])


def group_energy(rows: Sequence[Record]) -> list[EnergyGroup]:
    """Return the groups of the ledger's rows, in the order of `COLOURS`, empty ones left out.

    A category of an unknown scope is a group of its own, at the end.
    """
    sums: dict[str, list[float]] = {name: [0.0, 0.0] for name in COLOURS}
    for row in rows:
        energies = sums.setdefault(name_group(row), [0.0, 0.0])
        energies[0] += row["fp16_pj"]
        energies[1] += row["ternary_pj"]
    return [
        EnergyGroup(name=name, fp16_pj=fp16_pj, ternary_pj=ternary_pj)
        for name, (fp16_pj, ternary_pj) in sums.items()
        if fp16_pj or ternary_pj
    ]
