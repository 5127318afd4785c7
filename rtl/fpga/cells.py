"""What Yosys made of a design, by kind, and what that is in an FPGA's own units."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

#: What is counted, as a reader calls it.
KINDS = {
    "luts": "LUTs",
    "sites": "LUT sites",
    "ram_luts": "LUTs as RAM",
    "flip_flops": "flip-flops",
    "block_rams": "block RAMs",
    "dsps": "DSPs",
}

#: What each cell takes of a device: lookup tables, carry cells' included, and block RAMs and DSPs.
_LUTS = {
    "LUT4": 1,
    "CCU2C": 2,
    "TRELLIS_DPR16X4": 6,  # four tables of data, two that hold its write port
    "SB_LUT4": 1,
    **{f"LUT{inputs}": 1 for inputs in (1, 2, 3, 5, 6)},
    "INV": 1,
    "RAM32X1D": 2,
    "RAM64X1D": 2,
    "RAM128X1D": 4,
    "RAM32M": 4,
    "RAM64M": 4,
    "SRL16E": 1,
    "SRLC32E": 1,
    "ALU": 1,
    "RAM16SDP4": 6,
}
_BLOCK_RAMS = {
    **{"DP16KD": 1, "PDPW16KD": 1, "SB_RAM40_4K": 1, "RAMB18E1": 1, "RAMB36E1": 2},
    **{kind: 1 for kind in ("SP", "SPX9", "SDPB", "SDPX9B", "DPB", "DPX9B")},
}

#: Beside Yosys' kinds: flip-flops that take the place of a lookup table (`rtl.fpga.sites`).
LONE = "lone flip-flops"

_DSPS = ("MULT18X18D", "ALU54B", "SB_MAC16", "DSP48E1")
FLIP_FLOPS = ("TRELLIS_FF", "SB_DFF", "DFF", "FDRE", "FDSE", "FDCE", "FDPE")
_IGNORED = ("$scopeinfo",)


def count_things(count: float, things: str) -> str:
    """Return how many in words; `things` is a plural, its first word with one is that.

    >>> count_things(1, "LUTs as RAM"), count_things(1200, "block RAMs")
    ('1 LUT as RAM', '1,200 block RAMs')
    """
    return f"{count:,.0f} " + (re.sub(r"s\b", "", things, count=1) if count == 1 else things)


@dataclass(frozen=True, kw_only=True)
class Cells:
    """A synthesised design.

    Attributes
    ----------
    by_kind : cells by the name of their kind, in alphabetical order.
    """

    by_kind: dict[str, int]

    @property
    def luts(self) -> int:
        """Lookup tables, those that serve as RAM or in carry chains included."""
        return sum(_LUTS.get(kind, 0) * count for kind, count in self.by_kind.items())

    @property
    def sites(self) -> int:
        """Places of lookup tables: LUTs, and flip-flops that need such a place for themselves."""
        return self.luts + self.by_kind.get(LONE, 0)

    @property
    def ram_luts(self) -> int:
        """Of them, those that serve as RAM."""
        ram = (kind for kind in self.by_kind if kind.startswith(("TRELLIS_DPR", "RAM")))
        return sum(_LUTS.get(kind, 0) * self.by_kind[kind] for kind in ram)

    @property
    def flip_flops(self) -> int:
        """Flip-flops of all kinds."""
        return sum(count for kind, count in self.by_kind.items() if kind.startswith(FLIP_FLOPS))

    @property
    def block_rams(self) -> int:
        """Block RAMs; of xc7, halves of 36 kbit."""
        return sum(_BLOCK_RAMS.get(kind, 0) * count for kind, count in self.by_kind.items())

    @property
    def dsps(self) -> int:
        """Multipliers."""
        return sum(self.by_kind.get(kind, 0) for kind in _DSPS)

    def to_dict(self) -> dict[str, int]:
        """Return the sums as plain data."""
        return {name: getattr(self, name) for name in KINDS}


def read_cells(statistics: Path) -> Cells:
    """Return the cells that Yosys counted (`stat -json`)."""
    counted = json.loads(statistics.read_text(encoding="utf-8"))["design"]["num_cells_by_type"]
    kept = {kind: counted[kind] for kind in sorted(counted) if kind not in _IGNORED}
    return Cells(by_kind=kept)
