"""rtl.fpga.cells and benchmarks/cells.py: what is counted, and the page that shows it."""

import csv
import json
from pathlib import Path

from rtl.fpga.cells import KINDS, LONE, Cells, count_things, read_cells
from rtl.fpga.sites import count_lone_flip_flops

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "cells.md"


def test_cells_in_units_of_the_fpga() -> None:
    kinds = {"LUT4": 10, "CCU2C": 3, "TRELLIS_DPR16X4": 2, "TRELLIS_FF": 7, "PFUMX": 4}
    cells = Cells(by_kind={**kinds, "DP16KD": 1, "MULT18X18D": 2})
    assert cells.to_dict() == {
        "luts": 10 + 2 * 3 + 6 * 2,
        "sites": 28,
        "ram_luts": 12,
        "flip_flops": 7,
        "block_rams": 1,
        "dsps": 2,
    }
    assert Cells(by_kind={"RAM32M": 2, "LUT6": 1, "FDRE": 4, "FDSE": 1}).luts == 9
    gowin = Cells(by_kind={"LUT3": 2, "ALU": 3, "RAM16SDP4": 1, "DFFRE": 4, "DFF": 1, "SDPX9B": 1})
    assert (gowin.luts, gowin.ram_luts, gowin.flip_flops, gowin.block_rams) == (11, 6, 5, 1)
    assert Cells(by_kind={"SB_LUT4": 5, "SB_DFF": 3, LONE: 2}).sites == 7
    assert Cells(by_kind={"SB_LUT4": 5, "SB_DFFESR": 2, "SB_DFF": 1}).flip_flops == 3


def test_flip_flops_that_take_the_place_of_a_lookup_table() -> None:
    def make(kind: str, out: str, **bits: int) -> dict:
        directions = {pin: "output" if pin == out else "input" for pin in bits}
        connections = {pin: [bit] for pin, bit in bits.items()}
        return {"type": kind, "connections": connections, "port_directions": directions}

    cells = [
        make("SB_LUT4", "O", I0=2, O=3),
        make("SB_DFF", "Q", D=3, Q=4),  # behind its lookup table
        make("SB_DFFE", "Q", D=4, Q=5),  # behind a flip-flop
        make("SB_LUT4", "O", I0=5, O=6),
        make("SB_DFFSR", "Q", D=6, Q=7),  # behind one that is read elsewhere
        make("SB_LUT4", "O", I0=6, O=8),
    ]
    module = {"cells": dict(enumerate(cells)), "ports": {}}
    assert count_lone_flip_flops({"modules": {"top": module}}) == 2


def test_statistics_are_read(tmp_path: Path) -> None:
    counted = {"LUT4": 2, "$scopeinfo": 9, "CCU2C": 1}
    text = json.dumps({"design": {"num_cells_by_type": counted}})
    (tmp_path / "cells.json").write_text(text)
    assert read_cells(tmp_path / "cells.json").by_kind == {"CCU2C": 1, "LUT4": 2}


def test_the_page_shows_the_tables() -> None:
    tables: dict[str, dict[tuple[str, str], dict[str, str]]] = {}
    with PAGE.with_suffix(".csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            size = f"{row['lanes']} x {row['columns']}"
            shown = tables.setdefault(row["part"], {}).setdefault((size, row["style"]), {})
            if row["flow"] == "generic":
                shown["full adders"] = row["full_adders_a_weight"]
            else:
                shown[f"{row['flow']} LUTs"] = row["luts_a_weight"]
                shown[f"{row['flow']} flip-flops"] = row["flip_flops_a_weight"]
                if row["flow"] == "ECP5":
                    shown |= {"ECP5 MHz": row["fmax_mhz"], "ECP5-5G MHz": row["fmax_5g_mhz"]}
    assert tables.keys() == {"datapath", "array"}
    text = PAGE.read_text(encoding="utf-8")
    for part, rows in tables.items():
        lines = [
            line.strip("| ").split(" | ")
            for line in text.split(f"<!-- {part} -->\n\n")[1].split("\n\n")[0].splitlines()
        ]
        titles = lines[0][2:]
        assert titles[:5] == ["full adders", *_titles("ECP5"), *_titles("7 series")]
        assert titles[5:] == (["ECP5 MHz", "ECP5-5G MHz"] if part == "datapath" else [])
        assert lines[2:] == [
            [*key, *(shown.get(title) or "-" for title in titles)] for key, shown in rows.items()
        ]


def _titles(flow: str) -> list[str]:
    return [f"{flow} LUTs", f"{flow} flip-flops"]


def test_one_is_no_plural() -> None:
    assert [count_things(1, title) for title in KINDS.values()] == [
        *("1 LUT", "1 LUT site", "1 LUT as RAM", "1 flip-flop", "1 block RAM", "1 DSP")
    ]
    assert count_things(0, "DSPs") == "0 DSPs" and count_things(1200, "LUTs") == "1,200 LUTs"
