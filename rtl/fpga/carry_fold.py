"""Inversions folded into ECP5's carry chains: a pass over a netlist between Yosys and nextpnr.

An adder of `rtl.adders` inverts one operand by a sign. A bit of ECP5's carry chain (half a
CCU2C) has four inputs, of which Yosys' addition uses A and B, so the inversion costs a LUT of its
own. As the carry is generated from A alone, B may be an exclusive or: this pass moves the sign to
input C and drops the LUT.

# Ref: yosys, techlibs/lattice/arith_map_ccu2c.v: its INIT adds A and B ^ C where D is one.
"""

from collections import Counter
from typing import Any

#: INIT of half a CCU2C that adds A and B ^ C where D is one.
_ADDITION = "1001011010101010"

Module = dict[str, Any]


def fold_inversions(netlist: dict[str, Any]) -> int:
    """Fold in place, in all modules of the netlist, as `write_json` gives it for ECP5.

    Returns
    -------
    int : the number of LUTs dropped.
    """
    return sum(_fold(module) for module in netlist["modules"].values())


def _fold(module: Module) -> int:
    cells = module["cells"]
    inversions = {
        cell["connections"]["Z"][0]: (name, operands)
        for name, cell in cells.items()
        if cell["type"] == "LUT4" and (operands := _find_operands(cell))
    }
    loads = _count_loads(module)
    for cell in cells.values():
        if cell["type"] != "CCU2C":
            continue
        pins = cell["connections"]
        for half in "01":
            a, b, c, d = (f"{pin}{half}" for pin in "ABCD")
            if (cell["parameters"][f"INIT{half}"], pins[c], pins[d]) != (_ADDITION, ["0"], ["1"]):
                continue
            if pins[b][0] not in inversions:
                pins[a], pins[b] = pins[b], pins[a]
            if pins[b][0] in inversions:
                loads[pins[b][0]] -= 1
                _, (value, sign) = inversions[pins[b][0]]
                pins[b], pins[c] = [value], [sign]
    unused = [name for bit, (name, _) in inversions.items() if loads[bit] == 0]
    for name in unused:
        del cells[name]
    return len(unused)


def _find_operands(cell: Module) -> tuple[int, int] | None:
    """Return the two bits whose exclusive or a LUT4 is, if it is one."""
    bits = [cell["connections"][pin][0] for pin in "ABCD"]
    used = [place for place, bit in enumerate(bits) if isinstance(bit, int)]
    if len(used) != 2:
        return None
    truth = int(cell["parameters"]["INIT"], 2)
    constant = sum(1 << place for place, bit in enumerate(bits) if bit == "1")
    one, other = (1 << place for place in used)
    values = [truth >> (constant | word) & 1 for word in (0, one, other, one | other)]
    return (bits[used[0]], bits[used[1]]) if values == [0, 1, 1, 0] else None


def _count_loads(module: Module) -> "Counter[int | str]":
    loads: Counter[int | str] = Counter()
    for cell in module["cells"].values():
        for pin, bits in cell["connections"].items():
            if cell["port_directions"][pin] == "input":
                loads.update(bits)
    for port in module["ports"].values():
        if port["direction"] == "output":
            loads.update(port["bits"])
    return loads
