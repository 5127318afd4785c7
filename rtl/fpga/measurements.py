"""Arrays that were synthesised, placed and routed: the table, and what follows from it."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from rtl.config import ArrayConfig
from workloads.errors import InputError
from workloads.files import write_file

MEASURED = Path(__file__).with_name("measured.csv")
#: The largest arrays, which take longest.
LARGEST = Path(__file__).with_name("largest.csv")

#: Fields of an array that decide its cells, with their types: columns of the table.
ARRAY_FIELDS: dict[str, type] = {
    field.name: type(field.default) for field in fields(ArrayConfig) if field.name != "clock_mhz"
}
#: Titles of `Measurement.to_words`.
TITLES = (
    *("FPGA", "style", "size", "sums", "bus", "LUTs", "LUTs a weight", "flip-flops", "RAMs"),
    *("MHz", "Mop/s a LUT"),
)
_COUNTS = ("luts", "sites", "ram_luts", "flip_flops", "block_rams", "dsps")


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """An array on an FPGA, alone: no link, no pins.

    Attributes
    ----------
    target : name of the FPGA in `rtl.fpga.devices`.
    config : the array; its clock means nothing here.
    luts, sites, ram_luts, flip_flops, block_rams, dsps : as in `rtl.fpga.cells.Cells`.
    fmax_mhz : after place and route; None where the array was only synthesised.
    held_out : the array tests estimates, which are not fitted to it.
    """

    target: str
    config: ArrayConfig
    luts: int
    sites: int
    ram_luts: int
    flip_flops: int
    block_rams: int
    dsps: int
    fmax_mhz: float | None
    held_out: bool = False

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
        counts = {name: getattr(self, name) for name in (*_COUNTS, "fmax_mhz", "held_out")}
        return {"target": self.target} | array | counts

    def to_words(self) -> list[str]:
        """Return the row as `TITLES` calls its columns.

        Sums are words x bits, the bus is in bits; a star marks what is held out.
        """
        config = self.config
        return [
            self.target,
            config.style,
            describe_size(config) + " *" * self.held_out,
            f"{config.partial_sums} x {config.accumulator_width}",
            f"{config.weight_bus_bits}",
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


def write_measurements(rows: Iterable[Measurement], path: Path, *, overwrite: bool = False) -> None:
    """Write a table that `read_measurements` reads; raises InputError as `write_file`."""
    records = [row.to_dict() for row in rows]
    write = write_file(path, overwrite=overwrite)
    with write as aside, aside.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(records[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)


def describe_size(config: ArrayConfig) -> str:
    """Return lanes x columns."""
    return f"{config.lanes} x {config.columns}"


def _parse(row: dict[str, str]) -> Measurement:
    try:
        array = {name: kind(row[name]) for name, kind in ARRAY_FIELDS.items()}
        counts = {name: int(row.get(name) or row["luts"]) for name in _COUNTS}
        fmax = float(row["fmax_mhz"]) if row["fmax_mhz"] else None
        held_out = row.get("held_out") == "True"
    except (KeyError, ValueError, TypeError) as error:
        raise InputError(f"table must have the columns of {MEASURED.name}: {error}") from None
    return Measurement(
        target=row["target"],
        config=ArrayConfig(**array),
        fmax_mhz=fmax,
        held_out=held_out,
        **counts,
    )
