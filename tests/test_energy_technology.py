"""Prices: the published ones to the digit, the derived ones by their rules, written out."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy.operation_prices import MAX_ADDER_WIDTH
from energy.technology import load_technology
from workloads.errors import InputError

PUBLISHED = {  # Horowitz, ISSCC 2014, Fig. 1.1.9; Jouppi et al., ISCA 2021, Table 2
    ("add", "int8"): (0.03, 0.007),
    ("add", "int32"): (0.1, 0.03),
    ("add", "fp16"): (0.4, 0.16),
    ("add", "fp32"): (0.9, 0.38),
    ("mul", "int8"): (0.2, 0.07),
    ("mul", "int32"): (3.1, 1.48),
    ("mul", "fp16"): (1.1, 0.34),
    ("mul", "fp32"): (3.7, 1.31),
}
OPERATIONS = "operation,format,node_nm,energy_pj,source,kind\n"
MEMORY = "memory,access_bits,energy_pj,source,kind,capacity_kib,node_nm\n"


@pytest.mark.parametrize(("operation", "prices"), PUBLISHED.items())
def test_published_operations(operation, prices):
    name, format = operation
    for node_nm, energy_pj in zip((45, 7), prices, strict=True):
        price = getattr(load_technology(node_nm), name)(format)
        assert price.pj == energy_pj
        assert price.kind == "published"
        assert "doi:" in price.source


def test_what_the_papers_lack_is_derived_by_its_rule_and_says_so():
    seven, old = load_technology(7), load_technology(45)
    assert (seven.add_pj("bf16"), seven.mul_pj("bf16")) == (0.11, 0.21)
    assert old.add("int16").kind == "published"
    # BF16 at 45 nm: as FP16 there, times BF16 / FP16 at 7 nm
    assert old.add_pj("bf16") == pytest.approx(0.4 * 0.11 / 0.16, rel=1e-14)
    assert old.mul_pj("bf16") == pytest.approx(1.1 * 0.21 / 0.34, rel=1e-14)
    # INT16 at 7 nm: the line between INT8 and INT32
    assert seven.add_pj("int16") == pytest.approx(0.007 + 8 * (0.03 - 0.007) / 24, rel=1e-14)
    for price in (old.add("bf16"), old.mul("bf16"), seven.add("int16")):
        assert price.kind == "derived"
        assert " x " in price.source


def test_areas_are_those_of_the_45_nm_figure():
    areas = {
        (row.operation, row.format): row.area_um2
        for row in load_technology(45).operations
        if row.node_nm == 45 and row.kind == "published"
    }
    assert list(areas.values()) == [36, 67, 137, 1360, 4184, 282, 3495, 1640, 7700]


def test_adders_between_published_widths_lie_on_straight_lines():
    # 7 nm: 0.007 at 8 bits, 0.03 at 32 bits: (0.03 - 0.007) / 24 = 0.000958333 a bit
    seven = load_technology(7)
    assert seven.add_pj("int12") == pytest.approx(0.007 + 4 * 0.023 / 24, rel=1e-13)
    assert seven.add_pj("int21") == pytest.approx(0.007 + 13 * 0.023 / 24, rel=1e-13)
    assert seven.add("int21").kind == "derived"
    # 45 nm: 0.05 at 16 bits, 0.1 at 32 bits
    assert load_technology(45).add_pj("int24") == pytest.approx(0.075, rel=1e-15)


def test_adders_outside_the_published_widths_are_in_proportion_to_their_bits():
    seven = load_technology(7)
    assert seven.add_pj("int4") == pytest.approx(0.0035, rel=1e-15)
    assert seven.add_pj("int64") == pytest.approx(0.06, rel=1e-15)


@given(st.integers(1, MAX_ADDER_WIDTH - 1), st.sampled_from([7, 45]))
def test_a_wider_adder_costs_more(width, node_nm):
    technology = load_technology(node_nm)
    assert technology.add_pj(f"int{width}") < technology.add_pj(f"int{width + 1}")


def test_only_integer_adders_are_derived():
    technology = load_technology(7)
    for format in ("fp8", "int0", "int-8", "INT8", "", "int129"):
        with pytest.raises(InputError):
            technology.add(format)
    with pytest.raises(InputError, match="no mul of 'int16' at 7 nm; known: int8, int32, bf16"):
        technology.mul("int16")


@pytest.mark.parametrize(
    ("node_nm", "prices"), [(45, {8: 10, 32: 20, 1024: 100}), (7, {8: 7.5, 32: 8.5, 1024: 14})]
)
def test_published_srams(node_nm, prices):
    for kib, energy_pj in prices.items():
        price = load_technology(node_nm).sram(kib * 1024)
        assert (price.pj, price.kind) == (energy_pj, "published")


def test_srams_between_and_beyond_lie_on_log_log_lines():
    # 45 nm: 10 pJ at 8 KiB and 20 pJ at 32 KiB: energy grows with the root of the size
    technology = load_technology(45)
    assert technology.sram_pj(16 * 1024) == pytest.approx(10 * math.sqrt(2), rel=1e-12)
    assert technology.sram_pj(2 * 1024) == pytest.approx(5, rel=1e-12)
    # from 32 KiB to 1 MiB: 5 times the energy for 32 times the size; the same again for 32 MiB
    assert technology.sram_pj(32 * 1024**2) == pytest.approx(500, rel=1e-12)
    assert technology.sram(16 * 1024).kind == "derived"


@given(st.floats(1, 1e10), st.floats(1.001, 100), st.sampled_from([7, 45]))
def test_a_larger_sram_costs_more(capacity_bytes, factor, node_nm):
    technology = load_technology(node_nm)
    assert technology.sram_pj(capacity_bytes) < technology.sram_pj(capacity_bytes * factor)


@pytest.mark.parametrize("capacity", [0, -8, float("nan"), float("inf"), "8"])
def test_an_sram_has_a_positive_size(capacity):
    with pytest.raises(InputError, match="capacity_bytes must be a finite number above 0"):
        load_technology(7).sram(capacity)


def test_dram_is_priced_per_bit_whatever_access_the_paper_quotes():
    seven = load_technology(7)
    assert seven.dram_bit_pj("hbm2") == 3.97
    assert seven.dram_bit_pj("lpddr4") == 12
    assert seven.dram_bit_pj("ddr") == 1300 / 64
    assert (seven.dram_bit("hbm2-io").pj, seven.dram_bit("hbm2-io").high_pj) == (250 / 64, 450 / 64)
    assert load_technology(45).dram_bit("ddr").high_pj == 2600 / 64


def test_640_pj_per_32_bit_and_1300_pj_per_64_bit_are_one_dram():
    technology = load_technology(45)
    assert technology.dram_bit_pj("ddr-per-32-bit") == 20.0
    assert technology.dram_bit_pj("ddr") == pytest.approx(20.0, rel=0.02)


def test_an_unknown_dram_or_one_of_another_node_is_refused():
    message = "dram must be one of ddr, ddr-per-32-bit, hbm2, lpddr4 at 45 nm, not 'hbm2-io'"
    with pytest.raises(InputError, match=message):
        load_technology(45).dram_bit("hbm2-io")
    with pytest.raises(InputError, match="not 'sram'"):
        load_technology(7).dram_bit("sram")


def test_cells_are_scaled_from_40_nm_as_the_int32_add_scales():
    # 0.03 / 0.1 = 0.3 from 45 nm to 7 nm; 40 nm stands for 45 nm
    assert load_technology(45).register_bit().pj == 0.008999495
    assert load_technology(7).register_bit().pj == pytest.approx(0.3 * 0.008999495, rel=1e-12)
    assert load_technology(7).selector_bit().pj == pytest.approx(0.6 * 0.000563119, rel=1e-12)
    assert load_technology(7).full_adder().pj == 0.007 / 8
    for price in ("register_bit", "selector_bit", "full_adder"):
        assert getattr(load_technology(7), price)().kind == "derived"


@pytest.mark.parametrize("node_nm", [5, 40, "7", None])
def test_an_unknown_node_is_refused(node_nm):
    with pytest.raises(InputError, match=f"node_nm must be one of 7, 45, not {node_nm!r}"):
        load_technology(node_nm)


def test_a_users_tables_join_and_replace_the_shipped_rows(tmp_path):
    operations, memory = tmp_path / "operations.csv", tmp_path / "memory.csv"
    operations.write_text(
        OPERATIONS
        + "add,int8,12,0.01,mine,measured\nadd,int32,12,0.05,mine,measured\n"
        + "register,bit,12,0.002,mine,measured\nadd,int8,7,0.008,mine,measured\n"
    )
    memory.write_text(MEMORY + "sram,64,6,mine,measured,8,12\nhbm2,1,3.5,mine,measured,,\n")
    twelve = load_technology(12, tables=[operations, memory])
    assert (twelve.add("int8").pj, twelve.add("int8").kind) == (0.01, "measured")
    assert twelve.register_bit().pj == 0.002
    assert twelve.selector_bit().pj == pytest.approx(0.5 * 2 * 0.000563119, rel=1e-12)
    assert twelve.sram_pj(8192) == 6
    with pytest.raises(InputError, match="one sram size at 12 nm prices no other size"):
        twelve.sram(1024)
    with pytest.raises(InputError, match="no sram is priced at 12 nm"):
        load_technology(12, tables=[operations]).sram(8192)
    assert twelve.dram_bit_pj("hbm2") == 3.5
    seven = load_technology(7, tables=[str(operations)])
    assert (seven.add_pj("int8"), seven.add_pj("int32")) == (0.008, 0.03)
    assert load_technology(7).add_pj("int8") == 0.007


def test_an_own_integer_add_reaches_the_derived_ones(tmp_path):
    path = tmp_path / "operations.csv"
    path.write_text(OPERATIONS + "add,int8,7,0.0035,our 7 nm library,measured\n")
    own = load_technology(7, tables=[path])
    for width in (16, 21):  # on the line from the own INT8 to the shipped INT32
        price = own.add(f"int{width}")
        assert price.pj == pytest.approx(0.0035 + (width - 8) * (0.03 - 0.0035) / 24, rel=1e-13)
        assert price.source == (
            "line through the integer adds of our 7 nm library and "
            "jouppi2021 doi:10.1109/ISCA52012.2021.00010"
        )
    assert load_technology(45, tables=[path]).add_pj("int16") == 0.05
    path.write_text(OPERATIONS + "add,int32,7,0.05,mine,measured\n")
    dearer = load_technology(7, tables=[path])
    assert dearer.add_pj("int16") == pytest.approx(0.007 + 8 * 0.043 / 24, rel=1e-13)
    path.write_text(OPERATIONS + "add,int16,7,0.02,mine,derived\n")
    assert load_technology(7, tables=[path, path]).add("int16").source == "mine"
    assert load_technology(7, tables=[path]).add("int24").source.startswith("line through the")


def test_a_node_that_prices_no_multiply_says_so(tmp_path):
    path = tmp_path / "operations.csv"
    path.write_text(OPERATIONS + "add,int8,3,0.1,mine,measured\n")
    with pytest.raises(InputError, match=r"^no mul of 'fp16' at 3 nm: no mul is priced there$"):
        load_technology(3, tables=[path]).mul("fp16")


def test_of_two_tables_the_later_one_counts(tmp_path):
    paths = [tmp_path / "first.csv", tmp_path / "second.csv"]
    for path, energy_pj in zip(paths, (0.01, 0.02), strict=True):
        path.write_text(OPERATIONS + f"add,int8,7,{energy_pj},mine,measured\n")
    assert load_technology(7, tables=paths).add_pj("int8") == 0.02
    assert load_technology(7, tables=reversed(paths)).add_pj("int8") == 0.01


def test_a_node_with_float_adds_alone_has_no_integer_adder(tmp_path):
    path = tmp_path / "operations.csv"
    path.write_text(OPERATIONS + "add,fp16,3,0.1,mine,measured\n")
    with pytest.raises(InputError, match="no integer add is priced at 3 nm"):
        load_technology(3, tables=[path]).add("int8")


def test_a_range_keeps_both_its_ends(tmp_path):
    path = tmp_path / "operations.csv"
    path.write_text("energy_high_pj," + OPERATIONS + "0.4,add,fp16,7,0.1,mine,measured\n")
    price = load_technology(7, tables=[path]).add("fp16")
    assert (price.pj, price.high_pj) == (0.1, 0.4)
