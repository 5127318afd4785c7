"""rtl.fpga.carry_fold, carry_ends: fewer LUTs, the same function, proved by Yosys."""

import subprocess
from copy import deepcopy
from pathlib import Path

import pytest
from benches.netlists import TOP, count, require_same, synthesize

from rtl.adders import AdderTree
from rtl.config import ArrayConfig
from rtl.fpga.carry_ends import free_ends
from rtl.fpga.carry_fold import fold_luts

CONFIG = ArrayConfig(style="table", group=2, lanes=6, columns=2, weight_bus_bits=2)


def test_luts_are_dropped_and_the_function_is_kept(tmp_path: Path) -> None:
    before = synthesize(AdderTree(config=CONFIG), tmp_path)
    after = deepcopy(before)
    dropped = fold_luts(after)
    assert dropped >= 2 * (9 + 9)  # a LUT for each bit of the two columns' two adders
    assert count(after, "LUT4") == count(before, "LUT4") - dropped
    assert count(after, "CCU2C") == count(before, "CCU2C")
    require_same(after, tmp_path)

    cell = next(c for c in after["modules"][TOP]["cells"].values() if c["connections"].get("C0"))
    cell["connections"]["B0"], cell["connections"]["A0"] = ["0"], ["0"]
    with pytest.raises(subprocess.CalledProcessError):
        require_same(after, tmp_path)


def find_inverted_carries(netlist: dict) -> list[str]:
    """Return the carry cells that have an input from a LUT that only inverts."""
    cells = netlist["modules"][TOP]["cells"]
    inverters = {
        cell["connections"]["Z"][0]
        for cell in cells.values()
        if cell["type"] == "LUT4"
        and len({cell["connections"][pin][0] for pin in "ABCD"} - {"0", "1"}) == 1
    }
    return [
        name
        for name, cell in cells.items()
        if cell["type"] == "CCU2C"
        and any(bits[0] in inverters for pin, bits in cell["connections"].items() if pin != "CIN")
    ]


@pytest.mark.parametrize("fold", [None, "before", "after"])
def test_a_chain_whose_ends_are_freed_ignores_its_carry_in(
    tmp_path: Path, fold: str | None
) -> None:
    netlist = synthesize(AdderTree(config=CONFIG), tmp_path)
    assert find_inverted_carries(netlist)
    if fold == "before":
        fold_luts(netlist)
    freed = free_ends(netlist)
    if fold == "after":
        fold_luts(netlist)
        assert not find_inverted_carries(netlist)
    assert freed == 2 * 2 * 2  # both ends of two adders in two columns
    assert free_ends(netlist) == 0
    for cell in netlist["modules"][TOP]["cells"].values():
        if cell["type"] == "CCU2C":
            if cell["connections"]["CIN"] == ["x"]:
                cell["connections"]["CIN"] = ["1"]  # 0 it was before
            if cell["connections"]["COUT"] == ["x"]:
                del cell["connections"]["COUT"]  # Yosys would connect it
    require_same(netlist, tmp_path)


def test_a_carry_in_that_matters_is_kept() -> None:
    def make(init: str, sum_bit: int) -> dict:
        pins = {"A0": [2], "B0": [3], "C0": ["0"], "D0": ["1"], "CIN": ["0"], "S0": [sum_bit]}
        cell = {
            "type": "CCU2C",
            "parameters": {"INIT0": init},
            "connections": pins | {"COUT": [5]},
            "port_directions": dict.fromkeys(pins, "input") | {"S0": "output", "COUT": "output"},
        }
        outputs = {"direction": "output", "bits": [5, 6]}
        return {"modules": {"m": {"cells": {"c": cell}, "ports": {"o": outputs}}}}

    addition = "1001011010101010"
    assert free_ends(make(addition, 6)) == 0  # its sum is read, and is that of A, B and carry
    assert free_ends(make(addition, 4)) == 1
