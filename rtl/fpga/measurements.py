"""Arrays that were synthesised, placed and routed: the table, and what follows from it."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from rtl.config import ArrayConfig
from rtl.fpga.devices import find_device
from workloads.errors import InputError
from workloads.files import write_file

MEASURED = Path(__file__).with_name("measured.csv")

#: Fields of an array that decide its cells, with their types: columns of the table.
ARRAY_FIELDS: dict[str, type] = {
    field.name: type(field.default) for field in fields(ArrayConfig) if field.name != "clock_mhz"
}
#: Titles of `Measurement.to_words`.
TITLES = (
    *("FPGA", "style", "size", "LUTs", "LUTs a weight", "flip-flops", "RAMs", "MHz"),
    "Mop/s a LUT",
)
_COUNTS = ("luts", "ram_luts", "flip_flops", "block_rams", "dsps")


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """An array on an FPGA, alone: no link, no pins.

    Attributes
    ----------
    target : name of the FPGA in `rtl.fpga.devices`.
    config : the array; its clock means nothing here.
    luts, ram_luts, flip_flops, block_rams, dsps : as in `rtl.fpga.cells.Cells`.
    fmax_mhz : after place and route; None where the array was only synthesised.
    """

    target: str
    config: ArrayConfig
    luts: int
    ram_luts: int
    flip_flops: int
    block_rams: int
    dsps: int
    fmax_mhz: float | None

    @property
    def weights(self) -> int:
        """L x C, selected and added in a cycle."""
        return self.config.lanes * self.config.columns

    @property
    def luts_per_weight(self) -> float:
        """Lookup tables of the whole array for each of its weights."""
        return self.luts / self.weights

    @property
    def mops_per_lut(self) -> float | None:
        """Million select-and-adds a second of each lookup table, at the highest clock."""
        return None if self.fmax_mhz is None else self.fmax_mhz * self.weights / self.luts

    def to_dict(self) -> dict[str, object]:
        """Return the row as plain data."""
        array = {name: getattr(self.config, name) for name in ARRAY_FIELDS}
        counts = {name: getattr(self, name) for name in (*_COUNTS, "fmax_mhz")}
        return {"target": self.target} | array | counts

    def to_words(self) -> list[str]:
        """Return the row as `TITLES` calls its columns."""
        config = self.config
        return [
            self.target,
            config.style,
            f"{config.lanes} x {config.columns}",
            f"{self.luts:,}",
            f"{self.luts_per_weight:.1f}",
            f"{self.flip_flops:,}",
            f"{self.block_rams}",
            "-" if self.fmax_mhz is None else f"{self.fmax_mhz:.0f}",
            "-" if self.mops_per_lut is None else f"{self.mops_per_lut:.1f}",
        ]


@cache
def read_measurements(path: Path = MEASURED) -> tuple[Measurement, ...]:
    """Return the rows of a table; raises InputError for one that is none of ours."""
    with path.open(newline="", encoding="utf-8") as file:
        return tuple(_parse(row) for row in csv.DictReader(file))


def write_measurements(rows: Iterable[Measurement], path: Path) -> None:
    """Write a table that `read_measurements` reads."""
    records = [row.to_dict() for row in rows]
    with write_file(path) as aside, aside.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(records[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)


def choose_style(target: str) -> tuple[str, str]:
    """Return the style that does most for a lookup table of `target`, and why, in a sentence.

    Styles are compared at the best of their rows. Where nothing was routed, the fewest lookup
    tables a weight decide; where nothing was measured, it is `tree`.
    """
    device = find_device(target)
    rows = [row for row in read_measurements() if row.target == target]
    routed = [row for row in rows if row.fmax_mhz]
    if not rows:
        return "tree", f"nothing was measured on {device.title}"
    best: dict[str, Measurement] = {}
    for row in routed or rows:
        known = best.get(row.config.style)
        if known is None or _rank(row) > _rank(known):
            best[row.config.style] = row
    ordered = sorted(best.values(), key=_rank, reverse=True)
    words = "; ".join(_describe(row) for row in ordered)
    return ordered[0].config.style, f"measured on {device.title}: {words}"


def _rank(row: Measurement) -> float:
    return row.mops_per_lut or 1 / row.luts_per_weight


def _describe(row: Measurement) -> str:
    size = f"{row.config.style} {row.config.lanes} x {row.config.columns}"
    cells = f"{row.luts_per_weight:.1f} LUTs a weight"
    if row.fmax_mhz is None:
        return f"{size} {cells}"
    return f"{size} {cells} at {row.fmax_mhz:.0f} MHz, {row.mops_per_lut:.1f} Mop/s a LUT"


def _parse(row: dict[str, str]) -> Measurement:
    try:
        array = {name: kind(row[name]) for name, kind in ARRAY_FIELDS.items()}
        counts = {name: int(row[name]) for name in _COUNTS}
        fmax = float(row["fmax_mhz"]) if row["fmax_mhz"] else None
    except (KeyError, ValueError, TypeError) as error:
        raise InputError(f"table must have the columns of {MEASURED.name}: {error}") from None
    return Measurement(target=row["target"], config=ArrayConfig(**array), fmax_mhz=fmax, **counts)
