"""rtl.fpga.local_resets: gates in place of small resets, the same function, proved by Yosys."""

import json
from copy import deepcopy
from pathlib import Path

import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib.wiring import Component, In, Out
from benches.netlists import TOP, count, require_same, synthesize

from rtl.fpga.cells import read_cells
from rtl.fpga.local_resets import gate_resets
from rtl.fpga.steps import gate_resets_in


class Words(Component):
    """Two words with a reset each, one of them with an enable, and one without."""

    def __init__(self) -> None:
        super().__init__({"data": In(4), "clear": In(2), "enable": In(1), "words": Out(4).array(3)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        words = [Signal(4, name=f"word{i}", reset_less=True) for i in range(3)]
        m.d.sync += words[2].eq(self.data)
        with m.If(self.enable):
            m.d.sync += words[1].eq(~self.data)
        m.d.sync += words[0].eq(self.data)
        for i in range(2):
            with m.If(self.clear[i]):
                m.d.sync += words[i].eq(0)
        m.d.comb += [out.eq(word) for out, word in zip(self.words, words, strict=True)]
        return m


def count_resets(netlist: dict) -> int:
    cells = netlist["modules"][TOP]["cells"].values()
    return sum(
        cell["type"] == "TRELLIS_FF" and isinstance(cell["connections"]["LSR"][0], int)
        for cell in cells
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("words")


@pytest.fixture(scope="module")
def before(folder: Path) -> dict:
    return synthesize(Words(), folder)


def test_a_word_gets_gates_and_the_function_is_kept(before: dict, folder: Path) -> None:
    after = deepcopy(before)
    assert count_resets(before) == 8
    assert gate_resets(after, 100, few=0) == 4
    assert count(after, "LUT4") == count(before, "LUT4") + 4
    assert count_resets(after) == 4  # that with an enable keeps its own
    require_same(after, folder)
    assert gate_resets(after, 100, few=0) == 0


def write_words(folder: Path, words: int) -> None:
    """Write a netlist of flip-flops with a reset each, and its counts."""
    flip_flop = {
        "type": "TRELLIS_FF",
        "parameters": {"SRMODE": "LSR_OVER_CE", "LSRMUX": "LSR", "REGSET": "RESET", "CEMUX": "1 "},
    }
    cells = {
        f"word{i}": deepcopy(flip_flop)
        | {"connections": {"DI": [2], "LSR": [3 + 2 * i], "Q": [4 + 2 * i]}}
        for i in range(words)
    }
    module = {"cells": cells, "ports": {}, "netnames": {}}
    (folder / "netlist.json").write_text(json.dumps({"modules": {TOP: module}}))
    counts = {"design": {"num_cells_by_type": {"LUT4": 7, "TRELLIS_FF": words}}}
    (folder / "cells.json").write_text(json.dumps(counts))


@pytest.mark.parametrize(
    ("words", "room", "added"), [(1500, 9000, 0), (1501, 9000, 1501), (1501, 10, 10)]
)
def test_a_large_netlist_is_rewritten_with_its_counts(
    words: int, room: int, added: int, tmp_path: Path
) -> None:
    write_words(tmp_path, words)
    gate_resets_in(tmp_path, room)
    assert read_cells(tmp_path / "cells.json").by_kind == {"LUT4": 7 + added, "TRELLIS_FF": words}
    after = json.loads((tmp_path / "netlist.json").read_text())
    assert count(after, "LUT4") == added and count_resets(after) == words - added


def test_resets_stay_where_there_is_no_room_or_no_need(before: dict) -> None:
    after = deepcopy(before)
    assert gate_resets(after, 3, few=0) == 0 and after == before
    assert gate_resets(after, 100, few=1) == 0 and after == before  # or where there are few
    assert gate_resets(after, 100) == 0 and after == before
