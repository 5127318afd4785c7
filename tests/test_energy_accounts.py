"""Accounts: every part by hand on a small model, in the formats that differ, and their laws."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy.accounts import open_account, sum_pj
from energy.activity import Activity
from energy.compositions import parse_composition
from energy.counts import ArrayCounts
from energy.entries import ForwardPass
from energy.formats import FORMATS
from energy.technology import load_technology
from workloads.errors import InputError
from workloads.shapes import ModelShape

SEVEN = load_technology(7)
SMALL = ModelShape(
    name="small",
    hidden=8,
    intermediate=6,
    layers=3,
    heads=2,
    kv_heads=1,
    head_dim=4,
    vocab=10,
)
KIB = 1024
COUNTS = ArrayCounts(
    lane_operations=30,
    full_adder_operations=277.5,
    selector_bit_operations=240,
    decoder_gate_operations=6,
    weight_register_writes=12,
    activation_register_writes=10,
    sum_register_writes=15,
    tree_register_bit_writes=7,
    activation_reads=11,
    activation_writes=13,
    activation_values=16 * KIB,
    partial_sum_accesses=25,
    partial_sum_values=16 * KIB,
    weights_streamed=6,
    accumulator_width=16,
    sum_width=16,
)
RATES = Activity(
    zero_weights=0.4,
    zero_activations=0.1,
    input_toggle_rate=0.5,
    operand_toggle_rate=0.2,
    source="made up",
)
PASS = ForwardPass(
    shape=SMALL, technology=SEVEN, tokens=7, context=7, zero_fraction=0.25, activity=RATES
)
GATE_PJ = 0.3 * 0.000563119  # 40 nm gate x (0.03 / 0.1)
REGISTER_PJ = 0.3 * 0.008999495
WHOLE = "array+registers+sram+dram+lm-head"


def entries(scope: str, format: str = "ternary", forward: ForwardPass = PASS, counts=COUNTS):
    account = open_account(forward, FORMATS[format], parse_composition(scope), counts)
    found = {(entry.part, entry.category): entry for entry in account}
    assert len(found) == len(account)
    return found


def energy(scope: str, format: str = "ternary", forward: ForwardPass = PASS) -> float:
    return sum(entry.pj for entry in entries(scope, format, forward).values())


def test_bitnet_2023_adds_biases_to_the_papers_shape():
    # 12 x 8^2 weights a layer; outputs: 4 matrices of 8, up 32, down 8
    biases = entries("bitnet-2023")["bitnet-2023", "biases"]
    assert biases.pj == pytest.approx(3 * 7 * (4 * 8 + 32 + 8) * 0.16, rel=1e-14)
    assert energy("bitnet-2023") - energy("paper") == pytest.approx(biases.pj, rel=1e-9)


def test_zero_skip_on_arithmetic_by_hand():
    # 336 weights, 44 outputs a layer: 0.75 x 336 - 44 adds for each of 3 x 7 tokens
    skipped = entries("real-shape+zero-skip")
    assert skipped["real-shape", "linear"].pj == pytest.approx(3 * 7 * (252 - 44) * 0.007)
    assert "0.750" in skipped["real-shape", "linear"].scaled
    assert skipped["real-shape", "attention"].scaled == "unscaled"
    assert entries("real-shape")["real-shape", "linear"].scaled == ""


def test_zero_skip_on_an_array_spares_the_selectors_alone():
    plain, skipped = entries("array"), entries("array+zero-skip")
    for category in ("adders", "weight decoder", "scales", "attention"):
        assert skipped["array", category].pj == plain["array", category].pj
        assert skipped["array", category].scaled == "unscaled"
    assert skipped["array", "selectors"].pj == pytest.approx(0.75 * 240 * 2 * GATE_PJ)


def test_activity_scales_selectors_and_adders_by_operand_toggles():
    plain, scaled = entries("array+registers"), entries("array+activity+registers")
    for (part, category), entry in scaled.items():
        factor = 0.4 if category in ("selectors", "adders") else 1.0
        assert entry.pj == pytest.approx(factor * plain[part, category].pj, rel=1e-14)
        assert entry.scaled.startswith("x 0.400" if factor == 0.4 else "unscaled")


def test_baselines_skip_nothing():
    for format in ("fp16", "bf16", "w8a8", "w4a16"):
        for base, part in (("real-shape", "zero-skip"), ("array", "zero-skip")):
            assert energy(f"{base}+{part}", format) == energy(base, format)


def test_an_array_of_int8_multipliers_by_hand():
    # exact sums of int8 products take 7 bits more than the ternary array's 16
    w8a8 = entries(WHOLE, "w8a8")
    adders = 30 * (0.07 + SEVEN.add_pj("int23"))
    assert w8a8["array", "adders"].pj == pytest.approx(adders, rel=1e-14)
    assert w8a8["registers", "weight registers"].pj == pytest.approx(12 * 8 * REGISTER_PJ)
    assert w8a8["registers", "activation registers"].pj == pytest.approx(10 * 8 * REGISTER_PJ)
    assert w8a8["registers", "sum registers"].pj == pytest.approx(15 * 23 * REGISTER_PJ)
    assert w8a8["sram", "partial sums"].pj == pytest.approx(
        25 * 23 / 64 * SEVEN.sram_pj(16 * KIB * 23 / 8)
    )
    assert w8a8["dram", "weights"].pj == pytest.approx(6 * 8 * 3.97)
    assert ("registers", "tree registers") not in w8a8
    assert w8a8["array", "scales"].pj == entries(WHOLE)["array", "scales"].pj


def test_narrow_sums_in_registers_beside_wide_partial_sums():
    narrow = replace(COUNTS, sum_width=12.5)
    ternary, w8a8 = entries(WHOLE, counts=narrow), entries(WHOLE, "w8a8", counts=narrow)
    assert ternary["registers", "sum registers"].pj == pytest.approx(15 * 12.5 * REGISTER_PJ)
    assert w8a8["registers", "sum registers"].pj == pytest.approx(15 * 19.5 * REGISTER_PJ)
    assert w8a8["array", "adders"].pj == pytest.approx(30 * (0.07 + SEVEN.add_pj("int20")))
    assert w8a8["sram", "partial sums"].pj == entries(WHOLE, "w8a8")["sram", "partial sums"].pj


def test_tables_of_sums_by_hand():
    counts = replace(
        COUNTS,
        selector_bit_operations=0,
        lookup_gate_operations=40,
        weight_read_gate_operations=60,
        table_bit_writes=50,
        array_weight_bits=5 / 3,
    )
    ternary, fp16 = entries(WHOLE, counts=counts), entries(WHOLE, "fp16", counts=counts)
    assert ternary["array", "table look-ups"].pj == pytest.approx(40 * GATE_PJ)
    assert ternary["registers", "tables"].pj == pytest.approx(50 * REGISTER_PJ)
    assert ternary["registers", "weight reads"].pj == pytest.approx(60 * 5 / 3 * GATE_PJ)
    assert ternary["registers", "weight registers"].pj == pytest.approx(12 * 5 / 3 * REGISTER_PJ)
    assert ("array", "selectors") not in ternary
    # a multiply-add array has no tables; it reads its weights from a store like that
    assert set(fp16) - set(ternary) == set()
    assert {category for _, category in set(ternary) - set(fp16)} == {
        *("table look-ups", "tables", "scales", "tree registers", "weight decoder")
    }
    assert fp16["registers", "weight reads"].pj == pytest.approx(60 * 16 * GATE_PJ)
    assert fp16["registers", "weight registers"].pj == pytest.approx(12 * 16 * REGISTER_PJ)


def test_an_array_with_4_bit_weights_by_hand():
    w4a16 = entries(WHOLE, "w4a16")
    assert w4a16["array", "dequantisation"].pj == pytest.approx(6 * 0.34)
    assert w4a16["dram", "weights"].pj == pytest.approx(6 * 4.125 * 3.97)
    fp16 = entries(WHOLE, "fp16")
    assert w4a16["registers", "weight registers"].pj == fp16["registers", "weight registers"].pj


def test_packed_weights_cost_a_decoder_and_spare_dram():
    counts = replace(COUNTS, weight_bits=1.6, decoder_gate_operations=366)
    packed = entries(WHOLE, counts=counts)
    assert packed["dram", "weights"].pj == pytest.approx(6 * 1.6 * 3.97)
    assert packed["array", "weight decoder"].pj == pytest.approx(366 * GATE_PJ)
    fp16 = entries(WHOLE, "fp16", counts=counts)
    assert fp16["dram", "weights"].pj == pytest.approx(6 * 16 * 3.97)


def test_the_lm_head_brings_its_weights_only_where_dram_is_counted():
    head = 10 * (7 * 0.16 + 8 * 0.34)  # 10 dot products of 8, for one token
    assert entries("paper+lm-head")["lm-head", "lm-head arithmetic"].pj == pytest.approx(head)
    assert ("lm-head", "lm-head weights") not in entries("real-shape+lm-head")
    assert entries(WHOLE)["lm-head", "lm-head weights"].pj == pytest.approx(80 * 16 * 3.97)
    all_tokens = replace(PASS, lm_head_tokens=7)
    assert entries(WHOLE, forward=all_tokens)["lm-head", "lm-head arithmetic"].pj == (
        pytest.approx(7 * head)
    )


def test_arithmetic_may_stand_beside_the_memories_of_an_array():
    mixed = entries("real-shape+sram+dram")
    assert mixed["real-shape", "linear"].pj == entries("real-shape")["real-shape", "linear"].pj
    assert mixed["dram", "weights"].pj == entries(WHOLE)["dram", "weights"].pj
    assert ("array", "adders") not in mixed


@given(
    st.sampled_from(["array", "real-shape"]),
    st.lists(st.sampled_from(["registers", "sram", "dram", "lm-head"]), unique=True),
    st.sampled_from(sorted(FORMATS)),
)
def test_parts_add_up(base, parts, format):
    parts = [part for part in parts if part != "registers" or base == "array"]
    together = energy("+".join([base, *parts]), format)
    apart = energy(base, format)
    for part in parts:
        apart += energy(f"{base}+{part}", format) - energy(base, format)
    if {"dram", "lm-head"} <= set(parts):
        apart += 80 * 16 * 3.97  # the LM head's weights belong to both parts
    assert together == pytest.approx(apart, rel=1e-12)


@pytest.mark.parametrize("scope", ["paper", "bitnet-2023", "real-shape", WHOLE])
@pytest.mark.parametrize("format", FORMATS)
def test_no_tokens_cost_nothing(scope, format):
    nothing = replace(PASS, tokens=0, context=0, lm_head_tokens=0)
    account = open_account(nothing, FORMATS[format], parse_composition(scope), COUNTS.repeat(0))
    assert sum_pj(account) == 0


def test_arrays_of_passes_give_what_single_passes_give():
    tokens, context = np.array([1.0, 5.0, 64.0]), np.array([9.0, 5.0, 64.0])
    passes = replace(PASS, tokens=tokens, context=context, lm_head_tokens=np.ones(3))
    for format in FORMATS:
        together = energy(WHOLE, format, passes)
        for i in range(3):
            single = replace(PASS, tokens=int(tokens[i]), context=int(context[i]))
            assert together[i] == pytest.approx(energy(WHOLE, format, single), rel=1e-13)


@pytest.mark.parametrize(
    ("scope", "change", "message"),
    [
        ("array", {}, "scope array needs the counts of an array"),
        ("real-shape+zero-skip", {"zero_fraction": None}, "zero_fraction must be given: none is"),
        ("array+activity", {"activity": None}, "activity must come from a trace"),
    ],
)
def test_what_is_missing_is_named(scope, change, message):
    counts = COUNTS if change else None
    with pytest.raises(InputError, match=message):
        open_account(replace(PASS, **change), FORMATS["ternary"], parse_composition(scope), counts)


def test_a_node_without_bf16_refuses_it(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(
        "operation,format,node_nm,energy_pj,source,kind\nadd,int8,12,0.01,mine,measured\n"
    )
    forward = replace(PASS, technology=load_technology(12, tables=[path]))
    with pytest.raises(InputError, match="no add of 'bf16' at 12 nm; known: int8"):
        entries("paper", "bf16", forward)
