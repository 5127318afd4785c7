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
from itertools import permutations
from typing import Any

_PINS = "ABCD"
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
        order, init = folded
        nets = list(numbers)
        merged = ["0" if number is None else nets[number] for number in order]
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
) -> tuple[tuple[int | None, ...], int] | None:
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
    for word in range(1 << len(inputs)):
        values: dict[int | str, int] = {"0": 0, "1": 1, "x": 0}
        values |= {pin: word >> i & 1 for i, pin in enumerate(inputs)}
        values[pins[place]] = look_up(lut_truth, lut_pins, values)
        total = look_up(truth, pins, values)
        generated = look_up(truth, (*pins[:2], "0", "0"), values)
        rows[word] = total, generated
    for order in permutations(range(len(_PINS))):
        init = 0
        for row in range(1 << len(_PINS)):
            word = sum((row >> pin & 1) << i for i, pin in enumerate(order[: len(inputs)]))
            init |= rows[word][0] << row
        if all(
            total or init >> (_place(word, order, inputs) & 0b0011) & 1 == generated
            for word, (total, generated) in rows.items()
        ):
            places = dict(zip(order, inputs, strict=False))
            return tuple(places.get(pin) for pin in range(len(_PINS))), init
    return None


def _place(word: int, order: tuple[int, ...], inputs: list[int]) -> int:
    return sum((word >> i & 1) << order[i] for i in range(len(inputs)))


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
