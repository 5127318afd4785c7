"""LUTs folded into ECP5's carry chains: a pass over a netlist between Yosys and nextpnr.

Half a CCU2C is a LUT with four inputs, of which Yosys' addition uses two, behind LUTs that choose
or invert what is added. Where such a LUT and the addition have four inputs together, this pass
makes one LUT of both: `rtl.adders` inverts by a sign, `rtl.accumulator` joins two registers, and
an element of `rtl.systolic.row` inverts and masks, each on the chain alone.

# Ref: prjtrellis, ECP5 slices; yosys, techlibs/lattice/cells_sim_ecp5.v, CCU2C: with L the LUT of
# a half and G the LUT for C = D = 0, the sum is L ^ CIN, and the carry is CIN if L is one, else G.
"""

from collections import Counter
from functools import cache
from itertools import permutations, product
from typing import Any

_PINS = "ABCD"
_D = _PINS.index("D")
Module = dict[str, Any]
Net = int | str  # a number, or the constants "0", "1" and "x"


def fold_luts(netlist: dict[str, Any]) -> int:
    """Fold in place, in all modules of the netlist, as `write_json` gives it for ECP5.

    Returns
    -------
    int : the number of LUTs dropped.
    """
    return sum(_fold(module) for module in netlist["modules"].values())


def _fold(module: Module) -> int:
    cells = module["cells"]
    luts = {cell["connections"]["Z"][0]: cell for cell in cells.values() if cell["type"] == "LUT4"}
    loads = count_loads(module)
    for cell in cells.values():
        if cell["type"] == "CCU2C":
            for half in "01":
                while _fold_one(cell, half, luts, loads):
                    pass
    unused = [
        name
        for name, cell in cells.items()
        if cell["type"] == "LUT4" and not loads[cell["connections"]["Z"][0]]
    ]
    for name in unused:
        del cells[name]
    return len(unused)


def _fold_one(cell: Module, half: str, luts: dict[Net, Module], loads: "Counter[Net]") -> bool:
    """Fold a LUT into half a CCU2C, if any can be; first one that nothing else needs."""
    pins: list[Net] = [cell["connections"][pin + half][0] for pin in _PINS]
    truth = int(cell["parameters"]["INIT" + half], 2)
    for place in sorted(range(len(_PINS)), key=lambda i: loads[pins[i]]):
        if pins[place] not in luts:
            continue
        lut = luts[pins[place]]
        sources: list[Net] = [lut["connections"][pin][0] for pin in _PINS]
        numbers = {net: i for i, net in enumerate(dict.fromkeys((*pins, *sources)))}
        folded = _merge(
            truth,
            tuple(_number(numbers, net) for net in pins),
            place,
            int(lut["parameters"]["INIT"], 2),
            tuple(_number(numbers, net) for net in sources),
        )
        if folded is None:
            continue
        places, init = folded
        nets = list(numbers)
        merged = [at if isinstance(at, str) else nets[at] for at in places]
        loads.subtract(pins)
        loads.update(merged)
        for pin, net in zip(_PINS, merged, strict=True):
            cell["connections"][pin + half] = [net]
        cell["parameters"]["INIT" + half] = f"{init:016b}"
        return True
    return False


def _number(numbers: dict[Net, int], net: Net) -> int | str:
    return net if isinstance(net, str) else numbers[net]


@cache
def _merge(
    truth: int,
    pins: tuple[int | str, ...],
    place: int,
    lut_truth: int,
    lut_pins: tuple[int | str, ...],
) -> tuple[tuple[int | str, ...], int] | None:
    """Return the inputs of the pins A to D, and the INIT, of half a cell and a LUT in one.

    Inputs are numbers, or constants. The LUT is at the pin `place` of the half cell.
    """
    inputs = list(
        dict.fromkeys(
            pin
            for pin in (*pins[:place], *pins[place + 1 :], *lut_pins)
            if not isinstance(pin, str)
        )
    )
    if len(inputs) > len(_PINS):
        return None

    def look_up(table: int, sources: tuple[int | str, ...], values: dict[int | str, int]) -> int:
        return table >> sum(values[pin] << i for i, pin in enumerate(sources)) & 1

    rows = {}  # values of the inputs: the sum without the carry, and the carry that is generated
    for word in product((0, 1), repeat=len(inputs)):
        values: dict[int | str, int] = {"0": 0, "1": 1, "x": 0}
        values.update(zip(inputs, word, strict=True))
        values[pins[place]] = look_up(lut_truth, lut_pins, values)
        total = look_up(truth, pins, values)
        generated = look_up(truth, (*pins[:2], "0", "0"), values)
        rows[word] = total, generated
    # A pin without an input is 0; or D, if it is one, is 1, and the carry sees another table.
    for free, order in product("01", permutations(range(len(_PINS)), len(inputs))):
        init = None if free == "1" and _D in order else _write_table(rows, order, free)
        if init is not None:
            places: dict[int, int | str] = {_D: free}
            places.update(zip(order, inputs, strict=True))
            return tuple(places.get(pin, "0") for pin in range(len(_PINS))), init
    return None


def _write_table(
    rows: dict[tuple[int, ...], tuple[int, int]], order: tuple[int, ...], free: str
) -> int | None:
    """Return the INIT with inputs at the pins `order`; None if it would be two things at once."""
    table: dict[int, int] = {}
    for word, (total, generated) in rows.items():
        row = sum(value << pin for value, pin in zip(word, order, strict=True))
        wanted = [(row | int(free) << _D, total)]
        if not total:  # the carry is what is in the table for C = D = 0
            wanted.append((row & 0b0011, generated))
        for place, value in wanted:
            if table.setdefault(place, value) != value:
                return None
    return sum(value << place for place, value in table.items())


def count_loads(module: Module) -> "Counter[Net]":
    """Return how many inputs and output ports each net of the module drives."""
    loads: Counter[Net] = Counter()
    for cell in module["cells"].values():
        for pin, bits in cell["connections"].items():
            if cell["port_directions"][pin] == "input":
                loads.update(bits)
    for port in module["ports"].values():
        if port["direction"] == "output":
            loads.update(port["bits"])
    return loads
