"""Ends of ECP5's carry chains that need no cell: a pass over a netlist between Yosys and nextpnr.

nextpnr puts a CCU2C before a chain whose carry-in is connected, also to a constant, and one behind
a chain whose carry-out is, also to nothing. Both are left open here, which it reads of an undefined
bit: a carry-out without load, and the carry-in 0 of a chain whose lowest half makes a carry of two
bits and no sum, as the chains of `rtl.adders` begin. That half then ignores the carry-in.

# Ref: yosys, techlibs/lattice/cells_sim_ecp5.v, CCU2C, as in `rtl.fpga.carry_fold`.
"""

from itertools import product
from typing import Any

from rtl.fpga.carry_fold import Net, count_loads

_OPEN = ["x"]


def free_ends(netlist: dict[str, Any]) -> int:
    """Open in place, in all modules of the netlist, as `write_json` gives it for ECP5.

    Returns
    -------
    int : the number of ends freed, each of a CCU2C.
    """
    return sum(_free(module) for module in netlist["modules"].values())


def _free(module: dict[str, Any]) -> int:
    loads = count_loads(module)
    freed = 0
    for cell in module["cells"].values():
        if cell["type"] != "CCU2C":
            continue
        pins = cell["connections"]
        if pins["COUT"] != _OPEN and not loads[pins["COUT"][0]]:
            pins["COUT"] = _OPEN
            freed += 1
        if pins["CIN"] == ["0"] and not loads[pins["S0"][0]] and _make_carry(cell):
            pins["CIN"] = _OPEN
            freed += 1
    return freed


def _make_carry(cell: dict[str, Any]) -> bool:
    """Let the lower half of a chain's first cell ignore its carry-in, if two bits decide for 0."""
    pins: list[Net] = [cell["connections"][pin][0] for pin in ("A0", "B0", "C0", "D0")]
    truth = int(cell["parameters"]["INIT0"], 2)
    inputs = list(dict.fromkeys(pin for pin in pins if not isinstance(pin, str)))

    def carry(chosen: tuple[int, ...]) -> int:
        values: dict[Net, int] = dict(zip(inputs, chosen, strict=True))
        bits = [values.get(pin, pin == "1") for pin in pins]
        carries_on = truth >> sum(bit << place for place, bit in enumerate(bits)) & 1
        return ~carries_on & truth >> (bits[0] | bits[1] << 1) & 1

    carries = {chosen: carry(chosen) for chosen in product((0, 1), repeat=len(inputs))}
    decisive = [
        place
        for place in range(len(inputs))
        if any(carries[chosen] != carries[_flip(chosen, place)] for chosen in carries)
    ]
    if len(decisive) > 2:
        return False
    made = 0  # in the lowest four bits, of which D = 1 lets the sum see none
    for row in range(1 << len(decisive)):
        chosen = [0] * len(inputs)
        for bit, place in enumerate(decisive):
            chosen[place] = row >> bit & 1
        made |= carries[tuple(chosen)] << row
    a, b = [*(inputs[place] for place in decisive), "0", "0"][:2]
    cell["connections"].update(A0=[a], B0=[b], C0=["0"], D0=["1"])
    cell["parameters"]["INIT0"] = f"{made:016b}"
    return True


def _flip(chosen: tuple[int, ...], place: int) -> tuple[int, ...]:
    return (*chosen[:place], 1 - chosen[place], *chosen[place + 1 :])
