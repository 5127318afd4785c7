"""The ledger's categories, joined into the few groups that a figure can show."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reports.bars import PATTERNS, fill_bars
from reports.figures import GREEN, LegendEntry
from reports.records import Record

# Named as the figure's legend names them; every colour differs from its neighbours for colour-blind
# readers (Okabe and Ito, "Color universal design", 2008).
COLOURS = {
    "arithmetic of linear layers": "#0072B2",
    "FP16 scales and attention": "#56B4E9",
    "registers": "#009E73",
    "SRAM": "#E69F00",
    "weights from DRAM": "#D55E00",
    "keys and values in DRAM": "#CC79A7",
    "LM head": "#999999",
}
# Of the groups that grey paper would not tell from the one before.
_PATTERNS = {"registers": "/", "keys and values in DRAM": ".", "LM head": "x"}
_BY_CATEGORY = {
    ("array", "scales"): "FP16 scales and attention",
    ("array", "attention"): "FP16 scales and attention",
    ("+dram", "key-value cache"): "keys and values in DRAM",
}
_BY_SCOPE = {
    "array": "arithmetic of linear layers",
    "+registers": "registers",
    "+sram": "SRAM",
    "+dram": "weights from DRAM",
    "+lm-head": "LM head",
}


@dataclass(frozen=True, kw_only=True)
class EnergyGroup:
    """Energy of a group of categories in pJ, of the FP16 twin and of the ternary model."""

    name: str
    fp16_pj: float
    ternary_pj: float


def find_group_colour(name: str) -> str:
    """Return the colour of a group, one for all that are not listed."""
    return COLOURS.get(name, GREEN)


def fill_group(name: str) -> dict[str, Any]:
    """Return the marker of a group's bars."""
    return fill_bars(find_group_colour(name), _PATTERNS.get(name, ""))


def mark_group(name: str) -> LegendEntry:
    """Return a group's place in a legend."""
    mark = PATTERNS[_PATTERNS.get(name, "")]
    return LegendEntry(label=name, colour=find_group_colour(name), mark=mark)


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
