"""Resets of few flip-flops made gates: a pass over a large ECP5 netlist, between Yosys and nextpnr.

Yosys lets a reset clear what a zero weight selects, which saves the gates. But a tile has eight
flip-flops and two reset nets, and nextpnr finds a place for one flip-flop at a time. Those of the
2704 resets of 52 x 52 it did not find in 40 minutes, with gates in 15; and with gates in place of
the 1600 of 40 x 40 the wires are half as long.

# Ref: prjtrellis, ECP5 slices; yosys, techlibs/lattice/cells_sim_ecp5.v, TRELLIS_FF.
"""

from collections import defaultdict
from typing import Any

from rtl.config import ACTIVATION_BITS, ArrayConfig
from rtl.fpga.carry_fold import Module, Net
from rtl.fpga.devices import Device
from rtl.fpga.room import USABLE

#: Flip-flops of a reset that is made gates: a word of an activation, and less than two.
_MOST = 15
#: So many such resets are left.
_FEW_RESETS = 1500
_AND_NOT = f"{0x2222:016b}"  # A and not B
_PINS = ("A", "B", "C", "D")


def count_gates(config: ArrayConfig, luts: int, device: Device) -> int:
    """Return the LUTs that an array of `luts` gets in place of resets: a word's for each weight."""
    resets = config.lanes * config.columns
    selects = config.style == "tree" and config.adders == "carry"  # rtl.tree.carry
    if not (selects and device.folds_carries and resets > _FEW_RESETS):
        return 0
    return ACTIVATION_BITS * min(resets, find_room(luts, device) // ACTIVATION_BITS)


def find_room(luts: int, device: Device) -> int:
    """Return the LUTs that a design of `luts` may still get."""
    return max(0, int(USABLE * device.luts) - luts)


def gate_resets(netlist: dict[str, Any], room: int, few: int = _FEW_RESETS) -> int:
    """Put a LUT before each flip-flop of a small reset, in place, in all modules of the netlist.

    Parameters
    ----------
    netlist : as `write_json` gives it for ECP5.
    room : most LUTs that are added; a reset stays where it needs more.
    few : so many small resets of a module all stay.

    Returns
    -------
    int : the LUTs added.
    """
    return sum(
        _gate(module, room, few) for module in netlist["modules"].values() if module["cells"]
    )


def _gate(module: Module, room: int, few: int) -> int:
    resets: dict[Net, list[str]] = defaultdict(list)
    for name, cell in module["cells"].items():
        if cell["type"] == "TRELLIS_FF":
            resets[cell["connections"]["LSR"][0]].append(name)
    small = {
        reset: names
        for reset, names in resets.items()
        if not isinstance(reset, str)
        and len(names) <= _MOST
        and all(_is_cleared(module["cells"][name]) for name in names)
    }
    if len(small) <= few:
        return 0
    free = 1 + max(_list_numbers(module), default=1)
    added = 0
    for reset, names in small.items():
        if len(names) > room - added:
            continue
        for name in names:
            flip_flop = module["cells"][name]
            pins = flip_flop["connections"]
            module["cells"][f"{name}_gate"] = _make_gate(pins["DI"][0], reset, free + added)
            pins["DI"], pins["LSR"] = [free + added], ["0"]
            del flip_flop["parameters"]["SRMODE"]
            added += 1
    return added


def _is_cleared(flip_flop: Module) -> bool:
    """Tell whether the reset does no more than clear it at a clock edge."""
    wanted = {"SRMODE": "LSR_OVER_CE", "LSRMUX": "LSR", "REGSET": "RESET", "CEMUX": "1"}
    given = flip_flop["parameters"]
    return all(given.get(name, "").strip() == value for name, value in wanted.items())


def _make_gate(data: Net, reset: Net, output: int) -> Module:
    return {
        "type": "LUT4",
        "parameters": {"INIT": _AND_NOT},
        "attributes": {},
        "port_directions": {**dict.fromkeys(_PINS, "input"), "Z": "output"},
        "connections": {"A": [data], "B": [reset], "C": ["0"], "D": ["0"], "Z": [output]},
    }


def _list_numbers(module: Module) -> list[int]:
    nets = (bits for cell in module["cells"].values() for bits in cell["connections"].values())
    ports = (port["bits"] for port in module["ports"].values())
    names = (name["bits"] for name in module["netnames"].values())
    return [bit for bits in (*nets, *ports, *names) for bit in bits if isinstance(bit, int)]
