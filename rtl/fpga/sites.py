"""Flip-flops that take the place of a lookup table: a count over a netlist.

In iCE40 and Gowin's FPGAs a flip-flop has its data from the lookup table beside it. One whose data
come from elsewhere, or from a lookup table that others read too, stands behind a lookup table of
its own, which only passes them on.

# Ref: Lattice FPGA-DS-02008, logic cell; Gowin DS117, configurable logic section.
"""

from typing import Any

from rtl.fpga.carry_fold import count_loads
from rtl.fpga.cells import FLIP_FLOPS

#: Kinds of cells that drive the flip-flop beside them.
_TABLES = ("SB_LUT4", "LUT1", "LUT2", "LUT3", "LUT4")


def count_lone_flip_flops(netlist: dict[str, Any]) -> int:
    """Return those of a netlist, as `write_json` gives it, that no lookup table drives alone."""
    return sum(_count(module) for module in netlist["modules"].values())


def _count(module: dict[str, Any]) -> int:
    loads = count_loads(module)
    cells = module["cells"].values()
    tables = {
        bit
        for cell in cells
        if cell["type"] in _TABLES
        for pin, bits in cell["connections"].items()
        if cell["port_directions"][pin] == "output"
        for bit in bits
    }
    data = [cell["connections"]["D"][0] for cell in cells if cell["type"].startswith(FLIP_FLOPS)]
    return sum(bit not in tables or loads[bit] > 1 for bit in data)
