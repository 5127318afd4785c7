"""The number formats: their accounting, their sums, and which node prices them."""

import pytest

from energy.formats import BASELINES, FORMATS, TERNARY, find_format
from energy.technology import load_technology
from workloads.errors import InputError


def test_bits_of_a_weight():
    bits = {name: FORMATS[name].weight_bits for name in FORMATS}
    # 4 bits and a 16-bit scale for 128 weights: 4 + 16 / 128
    expected = {"ternary": 2, "fp16": 16, "bf16": 16, "w8a8": 8, "w4a16": 4.125, "fp32": 32}
    assert bits == expected
    assert TERNARY is FORMATS["ternary"]
    assert set(BASELINES) < set(FORMATS)
    assert all(numbers.accounting for numbers in FORMATS.values())


@pytest.mark.parametrize(
    ("name", "sums", "expected"),
    [
        ("ternary", "operand", "int8"),
        ("ternary", "exact", "int22"),  # 128 x 8640 < 2^21
        ("w8a8", "operand", "int8"),
        ("w8a8", "exact", "int29"),
        ("fp16", "exact", "fp16"),
        ("w4a16", "fp32", "fp32"),
        ("ternary", "int32", "int32"),
    ],
)
def test_the_format_of_a_sum_of_8640_products(name, sums, expected):
    assert FORMATS[name].sum_format(8640, sums) == expected


def test_both_nodes_price_every_format_and_a_users_node_what_it_has(tmp_path):
    for node_nm in (7, 45):
        technology = load_technology(node_nm)
        assert all(numbers.is_priced(technology) for numbers in FORMATS.values())
    path = tmp_path / "mine.csv"
    path.write_text(
        "operation,format,node_nm,energy_pj,source,kind\n"
        "add,int8,12,0.01,mine,measured\nadd,fp16,12,0.2,mine,measured\n"
        "mul,fp16,12,0.5,mine,measured\n"
    )
    mine = load_technology(12, tables=[path])
    priced = {name for name in FORMATS if FORMATS[name].is_priced(mine)}
    assert priced == {"ternary", "fp16", "w4a16"}


def test_an_unknown_format_is_refused():
    with pytest.raises(InputError, match=r"format must be one of ternary, fp16, .*, not 'fp8'"):
        find_format("fp8")
