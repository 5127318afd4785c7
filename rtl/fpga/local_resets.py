"""Resets of few flip-flops made gates: a pass over a large ECP5 netlist, between Yosys and nextpnr.

Yosys lets a reset clear what a zero weight selects, which saves the gates. But a tile has eight
flip-flops and two reset nets, and nextpnr, which finds a place for one flip-flop at a time, was not
done in 40 minutes with the 2704 resets of 52 x 52. With gates it is in a few.

# Ref: prjtrellis, ECP5 slices; yosys, techlibs/lattice/cells_sim_ecp5.v, TRELLIS_FF.
"""

from collections import defaultdict
from typing import Any

from rtl.config import ACTIVATION_BITS, ArrayConfig
from rtl.fpga.carry_fold import Module, Net
from rtl.fpga.devices import Device
from rtl.fpga.room import USABLE
from rtl.fpga.routers import LARGE

#: Flip-flops of a reset that is made gates: a word of an activation, and less than two.
_MOST = 15
_AND_NOT = f"{0x2222:016b}"  # A and not B
_PINS = ("A", "B", "C", "D")


def find_room(luts: int, device: Device) -> int:
    """Return the LUTs that a design of `luts` may get in place of resets."""
    large = device.folds_carries and luts > LARGE
    return max(0, int(USABLE * device.luts) - luts) if large else 0


def count_gates(config: ArrayConfig, luts: int, device: Device) -> int:
    """Return the LUTs that an array of `luts` gets in place of resets: a word's for each weight."""
    if config.style != "tree" or config.adders != "carry":
        return 0
    words = config.lanes * config.columns
    return ACTIVATION_BITS * min(words, find_room(luts, device) // ACTIVATION_BITS)


def gate_resets(netlist: dict[str, Any], room: int) -> int:
    """Put a LUT before each flip-flop of a small reset, in place, in all modules of the netlist.

    Parameters
    ----------
    netlist : as `write_json` gives it for ECP5.
    room : most LUTs that are added; a reset stays where it needs more.

    Returns
    -------
    int : the LUTs added.
    """
    return sum(_gate(module, room) for module in netlist["modules"].values() if module["cells"])


def _gate(module: Module, room: int) -> int:
    resets: dict[Net, list[str]] = defaultdict(list)
    for name, cell in module["cells"].items():
        if cell["type"] == "TRELLIS_FF":
            resets[cell["connections"]["LSR"][0]].append(name)
    free = 1 + max(_list_numbers(module), default=1)
    added = 0
    for reset, names in resets.items():
        flip_flops = [module["cells"][name] for name in names]
        if isinstance(reset, str) or len(names) > min(_MOST, room - added):
            continue
        if not all(map(_is_cleared, flip_flops)):
            continue
        for name, flip_flop in zip(names, flip_flops, strict=True):
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
