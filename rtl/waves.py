"""Waveforms: formats, and what their builds of the compiled simulation need."""

from dataclasses import dataclass
from pathlib import Path

from workloads.errors import InputError


@dataclass(frozen=True, kw_only=True)
class WaveFormat:
    """A file format that Verilator's runtime writes.

    Attributes
    ----------
    option : of Verilator.
    writer : the runtime's class; its header is `header`, its source `source`.
    """

    option: str
    writer: str
    header: str
    source: str


#: By suffix of the file's name. FST is compressed, about a tenth of VCD's size; every viewer
#: (GTKWave, Surfer) reads both.
FORMATS = {
    ".fst": WaveFormat(
        option="--trace-fst",
        writer="VerilatedFstC",
        header="verilated_fst_c.h",
        source="verilated_fst_c.cpp",
    ),
    ".vcd": WaveFormat(
        option="--trace-vcd",
        writer="VerilatedVcdC",
        header="verilated_vcd_c.h",
        source="verilated_vcd_c.cpp",
    ),
}


def choose_format(path: Path) -> WaveFormat:
    """Return the format that the name of `path` asks for; raises InputError."""
    if path.suffix not in FORMATS:
        raise InputError(f"waves must be a file named .fst or .vcd, not {path}")
    return FORMATS[path.suffix]
