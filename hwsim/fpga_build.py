"""A board's bitstream, and what it is: cells, clock, speed, slowest paths."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

from hwsim.fpga_rates import rate_all
from hwsim.fpga_report import describe_build
from rtl.config import ArrayConfig
from rtl.fpga.alike import find_rows, find_words, limit_words
from rtl.fpga.board import BoardConfig
from rtl.fpga.boards import Board
from rtl.fpga.capacity import describe_largest, require_fit
from rtl.fpga.cells import KINDS
from rtl.fpga.choices import choose_style
from rtl.fpga.design import Design
from rtl.fpga.fit import Fit, fit_all
from rtl.fpga.flow import Build, build
from rtl.fpga.room import NoRoomError
from rtl.fpga.routers import Router
from rtl.fpga.tools import Progress
from rtl.fpga.wrapper import design_board
from workloads.errors import InputError, ToolError
from workloads.files import write_folder


@dataclass(frozen=True, kw_only=True)
class BoardBuild:
    """A bitstream and its report.

    Attributes
    ----------
    board, config : what was built.
    build : what the tools gave.
    seed : of place and route.
    """

    board: Board
    config: BoardConfig
    build: Build
    seed: int

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
        has = {kind: getattr(device, kind) for kind in KINDS}
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
            "seed": self.seed,
            "lanes": array.lanes * array.columns,
            "peak_gops": array.peak_gops,
            "memory": {
                "source": self.board.memory_source,
                "bytes": self.board.memory_bytes,
                "gb_s": self.board.memory_gb_s,
            },
            "models": rate_all(array, self.board, self.config.baud),
            "style_choice": choose_style(device.name)[1],
            "paths": [asdict(path) for path in timing.paths],
        }


def build_board(
    board: Board, config: BoardConfig, progress: Progress | None = None, *, seeds: int = 1
) -> BoardBuild:
    """Return the bitstream of `config` on `board`.

    Place and route is done with up to `seeds` seeds, until it reaches the clock.

    Raises
    ------
    InputError : a clock or baud rate that the board cannot have, an array that does not fit its
        FPGA, with the largest that does, or a missing wheel.
    ToolError : a tool failed, or the design is too slow for its clock.
    """
    fits, shallow = _find_fits(board.target, config.array)
    require_fit(shallow, board.device, fits)  # before a huge array is elaborated
    design = design_board(board, config)
    try:
        tries = _build(board, config, design, seeds, progress)
        result = max(tries, key=attrgetter("fmax_mhz"))
    except NoRoomError as error:
        if shallow != config.array or not fits:
            raise
        cells = error.cells.to_dict()
        link = {kind: cells[kind] - fit.predict(config.array) for kind, fit in fits.items()}
        largest = describe_largest(config.array, board.device, fits, link)
        raise InputError(f"{error}; {largest}") from None
    if result.fmax_mhz < config.array.clock_mhz:
        raise ToolError(
            f"place and route reached {result.fmax_mhz:.1f} MHz, not the {config.array.clock_mhz:g}"
            f" MHz of --clock: ask for less, or try more than {seeds} with --seeds "
            f"(log: nextpnr.log in {result.build.archive})"
        )
    return result


def _build(
    board: Board, config: BoardConfig, design: Design, seeds: int, progress: Progress | None
) -> Iterator[BoardBuild]:
    """Yield what each seed gives, up to the first one that reaches the clock."""
    clock_mhz = config.array.clock_mhz
    for seed in range(1, seeds + 1):
        built = build(design, board.device, clock_mhz, progress, seed=seed)
        yield BoardBuild(board=board, config=config, build=built, seed=seed)
        if built.timing.fmax_mhz >= clock_mhz:
            return


def _find_fits(target: str, config: ArrayConfig) -> tuple[dict[str, Fit], ArrayConfig]:
    """Return the fits for `config`, and the part of it that they are good for."""
    try:
        rows = [row for row in find_rows(target, config) if not row.held_out]
    except InputError:
        return {}, config  # what was not measured may be built all the same
    return fit_all(rows), limit_words(config, find_words(rows))


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
