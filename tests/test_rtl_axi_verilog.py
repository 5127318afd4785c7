"""rtl.axi.verilog: clean, and with the names by which tools recognise interfaces."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from rtl.axi.verilog import TOP, emit_axi_verilog
from rtl.config import ArrayConfig
from rtl.toolchain import find_verilator

SMALL = ArrayConfig(
    lanes=7, columns=3, token_depth=5, accumulator_width=16, weight_bus_bits=27, packing="five-trit"
)
TABLE = ArrayConfig(
    style="table",
    group=3,
    packing="group",
    lanes=6,
    columns=2,
    token_depth=3,
    strip_depth=3,
    accumulator_width=14,
    weight_bus_bits=10,
)


@pytest.mark.parametrize("config", [SMALL, TABLE], ids=["tree", "table"])
def test_verilator_finds_no_fault(config: ArrayConfig, tmp_path: Path) -> None:
    text = emit_axi_verilog(config)
    assert "\\" not in text
    (tmp_path / f"{TOP}.v").write_text(text)
    root = find_verilator()
    done = subprocess.run(
        [root / "bin" / "verilator_bin", "--lint-only", "-Wall", "--quiet", f"{TOP}.v"],
        cwd=tmp_path,
        env={**os.environ, "VERILATOR_ROOT": str(root)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_ports() -> None:
    top = emit_axi_verilog(SMALL).split("endmodule")[0]
    ports = re.findall(r"^  (input|output) (?:\[(\d+):0\] )?(\w+);", top, re.M)
    found = {name: (way, int(high or 0) + 1) for way, high, name in ports}
    expected = {"aclk": ("input", 1), "aresetn": ("input", 1)}
    for name, way, bits in (
        ("s_axis_weights", "input", 32),
        ("s_axis_activations", "input", 56),
        ("m_axis_results", "output", 48),
    ):
        back = "output" if way == "input" else "input"
        expected |= {
            f"{name}_tdata": (way, bits),
            f"{name}_tlast": (way, 1),
            f"{name}_tvalid": (way, 1),
            f"{name}_tready": (back, 1),
        }
    for channel, names, way in (
        ("aw", {"addr": 7}, "input"),
        ("w", {"data": 32, "strb": 4}, "input"),
        ("b", {"resp": 2}, "output"),
        ("ar", {"addr": 7}, "input"),
        ("r", {"data": 32, "resp": 2}, "output"),
    ):
        back = "output" if way == "input" else "input"
        expected |= {f"s_axi_{channel}{name}": (way, bits) for name, bits in names.items()}
        expected |= {f"s_axi_{channel}valid": (way, 1), f"s_axi_{channel}ready": (back, 1)}
    assert found == expected
