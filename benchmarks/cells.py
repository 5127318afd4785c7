"""Cells of arrays in each style, and of their datapaths, by three synthesis flows of Yosys: a CSV.

    PYTHONPATH=. python benchmarks/cells.py docs/explanation/cells.csv 512

The number is the most weights of an array that is taken; without it those of 64 x 64 are too, for
hours. What was synthesised before comes from the cache.
"""

import csv
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.datapaths import make_datapath
from rtl.adders import count_additions
from rtl.cache import find_file
from rtl.config import ArrayConfig, code_size
from rtl.fpga.cells import Cells, read_cells
from rtl.fpga.design import Design
from rtl.fpga.devices import find_device
from rtl.fpga.flow import build, synthesize
from rtl.fpga.harness import frame
from rtl.fpga.tools import describe_program, run_program
from rtl.verilog import TOP, convert, emit_verilog
from workloads.files import write_file

#: By the part that is counted, the lanes and columns.
SIZES = {"datapath": ((32, 4), (32, 16), (16, 16)), "array": ((32, 4), (32, 16), (64, 64))}
#: All columns share the tables of sums, which cost the less a weight the more there are.
SHARED = {"datapath": (("table, g = 3", 64, 64),)}
#: Datapaths that are placed and routed too, on an ECP5 in its slowest grade and on an ECP5-5G.
ROUTED = ((32, 4), (16, 16))
ROUTES = {"fmax_mhz": "ecp5-85k", "fmax_5g_mhz": "ecp5-5g-85k"}
#: No style for an FPGA: it is not routed, and an array of more weights takes Yosys hours to map.
GATES, MAPPED_WEIGHTS = "tree, compressors", 512
#: Accumulators for K up to 16383; 16 words of sums, as in rtl/fpga/points.py.
STYLES: dict[str, dict[str, Any]] = {
    "tree, compressors": {"style": "tree", "token_depth": 16},
    "tree, carry chains": {"style": "tree", "token_depth": 16, "adders": "carry"},
    "table, g = 2": {"style": "table", "group": 2, "token_depth": 2, "strip_depth": 8},
    "table, g = 3": {"style": "table", "group": 3, "token_depth": 1, "strip_depth": 16},
    "systolic": {"style": "systolic", "token_depth": 16},
}
TARGETS = {"ECP5": "ecp5-85k", "7 series": "xc7a100t"}

#: Adders are found before the rest becomes gates of two inputs; memories stay whole.
GENERIC = """\
read_verilog design.v
hierarchy -top {top}
proc
flatten
opt
memory_dff
memory_collect
alumacc
techmap -map ripple.v -map +/techmap.v
opt
simplemap
opt
extract_fa -fa
opt_clean
abc -g AND,XOR,MUX
opt_clean
tee -q -o cells.json stat -json
"""

COLUMNS = (
    *("part", "style", "lanes", "columns", "flow", "cells", "full_adders", "luts", "flip_flops"),
    *("full_adders_a_weight", "luts_a_weight", "flip_flops_a_weight", *ROUTES, "by_kind"),
)


def synthesize_gates(verilog: str, top: str) -> Cells:
    """Return generic cells: full adders, gates of two inputs, flip-flops, memories."""
    script = GENERIC.format(top=top)
    ripple = Path(__file__).with_name("ripple.v").read_text(encoding="utf-8")

    def make(path: Path) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "design.v").write_text(verilog, encoding="utf-8")
            (folder / "ripple.v").write_text(ripple, encoding="utf-8")
            (folder / "gates.ys").write_text(script, encoding="utf-8")
            options = ["-q", "-l", "yosys.log", "-s", "gates.ys"]
            run_program("yosys", options, folder / "yosys.log")
            path.write_bytes((folder / "cells.json").read_bytes())

    inputs = ("gates", script, ripple, verilog, describe_program("yosys"))
    return read_cells(find_file(inputs, ".json", make))


def shape_array(style: dict[str, Any], lanes: int, columns: int) -> ArrayConfig:
    """Return an array; on carry chains with a register behind each addition, otherwise none."""
    packing = "group" if style["style"] == "table" else "two-bit"
    group = style.get("group", 1)
    registers = "adders" in style or style["style"] == "table"
    return ArrayConfig(
        lanes=lanes,
        columns=columns,
        packing=packing,
        weight_bus_bits=columns * code_size(packing, group)[1],
        tree_registers=count_additions(-(-lanes // group)) if registers else 0,
        **style,
    )


def route(verilog: str, top: str, target: str) -> float:
    """Return the clock that the design reaches, MHz."""
    built = build(frame(verilog, top), find_device(target), None)
    return round(built.timing.fmax_mhz, 1)


def describe(name: str, config: ArrayConfig, flow: str, cells: Cells) -> dict[str, object]:
    """Return a row."""
    weights = config.lanes * config.columns
    kinds = {kind.strip("$_"): count for kind, count in cells.by_kind.items()}
    flip_flops = cells.flip_flops or sum(n for kind, n in kinds.items() if "DFF" in kind)
    counts = {
        "full_adders": kinds.get("fa", 0) if flow == "generic" else None,
        "luts": None if flow == "generic" else cells.luts,
        "flip_flops": flip_flops,
    }
    shares = {
        f"{what}_a_weight": None if count is None else round(count / weights, 2)
        for what, count in counts.items()
    }
    return {
        "style": name,
        "lanes": config.lanes,
        "columns": config.columns,
        "flow": flow,
        "cells": sum(kinds.values()),
        **counts,
        **shares,
        "by_kind": "; ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())),
    }


def measure(part: str, name: str, lanes: int, columns: int) -> list[dict[str, object]]:
    """Return the rows of a part of an array, one for each flow."""
    config = shape_array(STYLES[name], lanes, columns)
    if part == "array":
        verilog, top = emit_verilog(config), TOP
    else:
        verilog, top = convert(make_datapath(config), part), part
    rows = [describe(name, config, "generic", synthesize_gates(verilog, top))]
    mapped = name != GATES or lanes * columns <= MAPPED_WEIGHTS
    for flow, target in TARGETS.items() if mapped else ():
        cells = synthesize(Design(verilog=verilog, top=top), find_device(target))
        rows.append(describe(name, config, flow, cells))
        routed = part == "datapath" and (lanes, columns) in ROUTED and name != GATES
        if routed and flow == "ECP5":
            rows[-1] |= {name: route(verilog, top, target) for name, target in ROUTES.items()}
    print(part, name, lanes, columns, *(row["luts_a_weight"] for row in rows[1:]), flush=True)
    return [{"part": part, **row} for row in rows]


def main(out: Path, most_weights: int) -> None:
    """Write the rows of all parts, styles, sizes and flows."""
    arrays = [
        (part, *array)
        for part, sizes in SIZES.items()
        for array in (
            *((name, *size) for size in sizes for name in STYLES),
            *SHARED.get(part, ()),
        )
    ]
    rows = [
        row
        for part, name, lanes, columns in arrays
        if lanes * columns <= most_weights
        for row in measure(part, name, lanes, columns)
    ]
    with (
        write_file(out, overwrite=True) as aside,
        aside.open("w", newline="", encoding="utf-8") as file,
    ):
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1 << 30)
