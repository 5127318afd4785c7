"""The timing that nextpnr reports: the clock that a design reaches, and what keeps it from more."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

#: Where the name of a register or net ends and that of a cell that was made of it begins.
_CELL = re.compile(
    r"(_(TRELLIS|LUT\d|PFUMX|L6MUX21|CCU2C|SB_|ALUT|BLUT|DPR|DFF|ALU_)|\$(nextpnr|RAMW|DPRAM|conn|COMB|sb_io|tr_io)).*"
)
#: A memory's number of words and bits that follows its name.
_MEMORY_PLACE = re.compile(r"(\.\d+)+(?=$|_)")


@dataclass(frozen=True, kw_only=True)
class CriticalPath:
    """The slowest way from register to register, or to or from a pin.

    Attributes
    ----------
    begin, end : names in the design.
    delay_ns : of the whole way.
    logic_ns : of it, what is not wiring.
    levels : lookup tables and carry cells on it.
    through : names of what is passed, in order, each once.
    """

    begin: str
    end: str
    delay_ns: float
    logic_ns: float
    levels: int
    through: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Timing:
    """What place and route gave.

    Attributes
    ----------
    fmax_mhz : of the slowest clock.
    used : cells of the device in use, by nextpnr's kind; those without use are left out.
    paths : one for each clock, slowest first, and those of pins.
    """

    fmax_mhz: float
    used: dict[str, int]
    paths: tuple[CriticalPath, ...]


def read_timing(report: Path) -> Timing:
    """Return the timing in a file of nextpnr's `--report`."""
    data = json.loads(report.read_text(encoding="utf-8"))
    paths = sorted(map(_read_path, data["critical_paths"]), key=lambda path: -path.delay_ns)
    return Timing(
        fmax_mhz=min((clock["achieved"] for clock in data["fmax"].values()), default=float("inf")),
        used={kind: row["used"] for kind, row in data["utilization"].items() if row["used"]},
        paths=tuple(paths),
    )


def name_signal(cell: str) -> str:
    """Return the register or net of the source that a cell of the netlist was made of.

    >>> name_signal("core.accumulator.from_register_TRELLIS_FF_Q")
    'core.accumulator.from_register'
    >>> name_signal("queue.results_b0.0.0_DI_3_PFUMX_Z_C0_LUT4_Z")
    'queue.results_b0'
    """
    name = _MEMORY_PLACE.sub("", _CELL.sub("", cell))
    return re.sub(r"(_(DI|DO|Q|Z|D|C|A|B|F|M|[A-D]\d|\d+|CIN|COUT|S\d))+$", "", name)


def _read_path(path: dict) -> CriticalPath:
    steps = path["path"]
    cells = [name_signal(step["from"]["cell"]) for step in steps]
    cells.append(name_signal(steps[-1]["to"]["cell"]))
    return CriticalPath(
        begin=cells[0],
        end=cells[-1],
        delay_ns=sum(step["delay"] for step in steps),
        logic_ns=sum(step["delay"] for step in steps if step["type"] != "routing"),
        levels=sum(step["type"] == "logic" for step in steps),
        through=tuple(dict.fromkeys(filter(None, cells[1:-1]))),  # some carry cells have no name
    )
