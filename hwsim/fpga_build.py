"""A board's bitstream, and what it is: cells, clock, speed, slowest paths."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hwsim.fpga_rates import rate_all
from rtl.fpga.board import BoardConfig
from rtl.fpga.boards import Board, design_board
from rtl.fpga.devices import Router
from rtl.fpga.flow import Build, build
from rtl.fpga.measurements import choose_style
from rtl.fpga.tools import Progress
from workloads.errors import ToolError
from workloads.files import write_folder


@dataclass(frozen=True, kw_only=True)
class BoardBuild:
    """A bitstream and its report.

    Attributes
    ----------
    board, config : what was built.
    build : what the tools gave.
    """

    board: Board
    config: BoardConfig
    build: Build

    @property
    def bitstream_name(self) -> str:
        """The file's name."""
        return self.board.name + Path(_router(self.board).bitstream).suffix

    @property
    def fmax_mhz(self) -> float:
        """The clock that the whole design, link included, can have."""
        return self.build.timing.fmax_mhz

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data."""
        array, device, timing = self.config.array, self.board.device, self.build.timing
        cells = self.build.cells.to_dict()
        has = {name: getattr(device, name) for name in ("luts", "flip_flops", "block_rams", "dsps")}
        return {
            "board": self.board.name,
            "target": device.name,
            "device": device.title,
            "array": asdict(array),
            "baud": self.config.baud,
            "bitstream": self.bitstream_name,
            "cells": cells,
            "cells_by_kind": self.build.cells.by_kind,
            "placed": timing.used,
            "shares": {name: cells[name] / count for name, count in has.items() if count},
            "fmax_mhz": timing.fmax_mhz,
            "lanes": array.lanes * array.columns,
            "peak_gops": array.lanes * array.columns * array.clock_mhz / 1000,
            "memory": {
                "source": self.board.memory_source,
                "bytes": self.board.memory_bytes,
                "gb_s": self.board.memory_gb_s,
            },
            "models": rate_all(array, self.board, self.config.baud),
            "style_choice": choose_style(device.name)[1],
            "paths": [asdict(path) for path in timing.paths],
        }


def build_board(board: Board, config: BoardConfig, progress: Progress | None = None) -> BoardBuild:
    """Return the bitstream of `config` on `board`.

    Raises
    ------
    InputError : a clock or baud rate that the board cannot have, or a missing wheel.
    ToolError : a tool failed, or the design is too slow for its clock.
    """
    design = design_board(board, config)
    built = build(design, board.device, config.array.clock_mhz, progress)
    result = BoardBuild(board=board, config=config, build=built)
    if result.fmax_mhz < config.array.clock_mhz:
        raise ToolError(
            f"place and route reached {result.fmax_mhz:.1f} MHz, not the {config.array.clock_mhz:g}"
            f" MHz of --clock: ask for less (log: nextpnr.log in {built.archive})"
        )
    return result


def write_build(result: BoardBuild, folder: Path, *, overwrite: bool = False) -> None:
    """Write bitstream, report, Verilog and logs to a new folder; raises InputError."""
    report = result.to_dict()
    bitstream = _router(result.board).bitstream
    with write_folder(folder, overwrite=overwrite) as aside:
        (aside / result.bitstream_name).write_bytes(result.build.read(bitstream))
        for name in ("design.v", "pins.txt", "yosys.log", "nextpnr.log"):
            (aside / name).write_bytes(result.build.read(name))
        (aside / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        text = describe_build(report)
        (aside / "report.txt").write_text(text, encoding="utf-8")


def _router(board: Board) -> Router:
    assert board.device.router is not None  # of every board
    return board.device.router


def describe_build(report: dict[str, Any]) -> str:
    """Return the report as text."""
    array, cells, shares = report["array"], report["cells"], report["shares"]
    names = {"luts": "LUTs", "flip_flops": "flip-flops", "block_rams": "block RAMs", "dsps": "DSPs"}
    used = ", ".join(
        f"{cells[name]:,} {title} ({shares.get(name, 0):.0%})" for name, title in names.items()
    )
    lines = [
        f"{report['board']}: {report['device']}",
        f"array: {array['style']}, {array['lanes']} lanes x {array['columns']} columns, "
        f"{array['accumulator_width']}-bit accumulators",
        f"cells: {used}",
        f"clock: {array['clock_mhz']:g} MHz; place and route reached {report['fmax_mhz']:.1f} MHz",
        f"peak: {report['peak_gops']:.2f} G select-and-adds/s on {report['lanes']:,} lanes",
        f"style: {report['style_choice']}",
        f"memory: {report['memory']['source']}, {report['memory']['bytes'] / 1e6:.1f} MB, "
        f"{report['memory']['gb_s']:g} GB/s",
    ]
    for model in report["models"]:
        size = f"{model['weight_bytes'] / 1e6:,.1f} MB of weights"
        line = f"{model['line_tokens_per_second']:.3g} tokens/s through the serial port"
        if model["fits"]:
            more = (
                f"{model['memory_tokens_per_second']:.3g} tokens/s from the board's memory "
                f"(prefill {model['memory_prefill_tokens_per_second']:.3g}, "
                f"{model['sustained_gops']:.2f} Gop/s sustained)"
            )
        else:
            more = "they do not fit the board's memory"
        lines.append(f"{model['model']}: {size}; {line}; {more}")
    lines.append("slowest paths:")
    for path in report["paths"]:
        lines.append(
            f"  {path['delay_ns']:.2f} ns ({path['logic_ns']:.2f} in {path['levels']} cells): "
            f"{path['begin']} -> {path['end']}"
        )
        if path["through"]:
            lines.append(f"    through {', '.join(path['through'])}")
    return "\n".join(lines) + "\n"
