"""The ledger: every scope of a small model by hand, published ratios, what must hold always."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy.arithmetic import arithmetic_energy
from energy.counts import ArrayCounts
from energy.ledger import NOT_COUNTED, SCOPES, LedgerRow, build_ledger
from energy.technology import load_technology
from workloads.errors import InputError
from workloads.shapes import ModelShape, find_preset

SEVEN, FORTY_FIVE = load_technology(7), load_technology(45)
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


def index(rows: tuple[LedgerRow, ...]) -> dict[tuple[str, str], LedgerRow]:
    found = {(row.scope, row.category): row for row in rows}
    assert len(found) == len(rows)
    return found


def energies(rows: tuple[LedgerRow, ...], scope: str, category: str) -> tuple[float, float]:
    row = index(rows)[scope, category]
    return row.fp16_pj, row.ternary_pj


def total_ratio(rows: tuple[LedgerRow, ...], scope: str) -> float | None:
    return index(rows)[scope, "total"].ratio


@pytest.mark.parametrize(("technology", "ratio"), [(SEVEN, 0.5 / 0.007), (FORTY_FIVE, 50.0)])
def test_one_operation(technology, ratio):
    row = build_ledger(SMALL, technology, tokens=1)[0]
    assert (row.scope, row.category) == ("paper-op", "multiply-add")
    assert row.ratio == pytest.approx(ratio, rel=1e-14)
    assert row.kind == "published"
    assert "doi:10.1109/" in row.source


@pytest.mark.parametrize(
    ("model", "scope", "ratio"),
    [
        ("paper-3B", "paper", 21.7065),
        ("paper-3B", "real-shape", 21.7065),
        ("3B", "real-shape", 25.2198),
    ],
)
def test_published_ratios(model, scope, ratio):
    rows = build_ledger(find_preset(model), SEVEN, tokens=512)
    assert total_ratio(rows, scope) == pytest.approx(ratio, abs=5e-5)


def test_the_paper_scope_counts_a_gated_model_as_12_hidden_squared():
    rows = build_ledger(find_preset("1.3B"), SEVEN, tokens=512)
    same = build_ledger(find_preset("paper-1.3B"), SEVEN, tokens=512)
    assert total_ratio(rows, "paper") == total_ratio(same, "paper")
    assert total_ratio(rows, "real-shape") != total_ratio(same, "real-shape")


def test_arithmetic_scopes_are_the_accounting_of_the_arithmetic_module():
    rows = build_ledger(SMALL, SEVEN, tokens=2, context=9, float_sums="fp32")
    twin = arithmetic_energy(SMALL, 2, SEVEN, context=9, format="fp16")
    exact = arithmetic_energy(SMALL, 2, SEVEN, context=9, sums="exact")
    fp32 = arithmetic_energy(SMALL, 2, SEVEN, context=9, format="fp16", sums="fp32")
    assert energies(rows, "real-shape", "total")[0] == pytest.approx(twin.total_pj, rel=1e-14)
    assert energies(rows, "true-accumulator", "total") == pytest.approx(
        (fp32.total_pj, exact.total_pj), rel=1e-14
    )
    assert energies(rows, "true-accumulator", "scales") == (0.0, exact.scale_pj)


def test_array_scope_by_hand():
    rows = build_ledger(SMALL, SEVEN, tokens=2, counts=COUNTS)
    gate_pj = 0.3 * 0.000563119  # 40 nm gate x (0.03 / 0.1)
    assert energies(rows, "array", "adders") == pytest.approx((30 * 0.5, 277.5 * 0.007 / 8))
    assert energies(rows, "array", "selectors") == pytest.approx((0, 240 * 2 * gate_pj))
    # an XNOR for each of the 6 weights streamed
    assert energies(rows, "array", "weight decoder") == pytest.approx((0, 6 * gate_pj))
    for category in ("scales", "attention"):
        assert energies(rows, "array", category) == energies(rows, "real-shape", category)


def test_register_scope_by_hand():
    rows = build_ledger(SMALL, SEVEN, tokens=2, counts=COUNTS)
    bit_pj = 0.3 * 0.008999495
    expected = {
        "weight registers": (12 * 16, 12 * 2),
        "activation registers": (10 * 16, 10 * 8),
        "sum registers": (15 * 16, 15 * 16),
        "tree registers": (0, 7),
    }
    for category, bits in expected.items():
        assert energies(rows, "+registers", category) == pytest.approx(
            tuple(count * bit_pj for count in bits)
        )


def test_sram_scope_by_hand():
    # 16 Ki activations: 16 KiB as INT8, 32 KiB as FP16; 16 Ki sums of 16 bits: 32 KiB both
    rows = build_ledger(SMALL, FORTY_FIVE, tokens=2, counts=COUNTS)
    assert energies(rows, "+sram", "activations") == pytest.approx(
        (24 * 16 / 64 * 20, 24 * 8 / 64 * 10 * 2**0.5)
    )
    assert energies(rows, "+sram", "partial sums") == pytest.approx((25 * 16 / 64 * 20,) * 2)
    kinds = {row.category: row.kind for row in rows if row.scope == "+sram"}
    assert kinds == {"activations": "derived", "partial sums": "published", "total": "derived"}
    # FP32 sums: twice the bits, 64 KiB, where 45 nm prices 20 x 2**(log32 5)
    wide = build_ledger(SMALL, FORTY_FIVE, tokens=2, counts=COUNTS, float_sums="fp32")
    assert energies(wide, "+sram", "partial sums")[0] == pytest.approx(
        25 * 32 / 64 * FORTY_FIVE.sram_pj(64 * KIB)
    )


def test_partial_sums_in_registers_are_register_bits():
    counts = replace(COUNTS, partial_sums_in_sram=False)
    rows = index(build_ledger(SMALL, FORTY_FIVE, tokens=2, counts=counts))
    assert ("+sram", "partial sums") not in rows
    row = rows["+registers", "partial sums"]
    assert (row.fp16_pj, row.ternary_pj) == pytest.approx((25 * 16 * 0.008999495,) * 2)


@pytest.mark.parametrize(("dram", "bit_pj"), [("hbm2", 3.97), ("lpddr4", 12.0), ("ddr", 20.3125)])
def test_dram_and_lm_head_scopes_by_hand(dram, bit_pj):
    counts = replace(COUNTS, weight_bits=1.6)
    rows = build_ledger(SMALL, SEVEN, tokens=1, context=5, counts=counts, dram=dram)
    assert energies(rows, "+dram", "weights") == pytest.approx((6 * 16 * bit_pj, 9.6 * bit_pj))
    # 4 tokens read and 1 written: keys and values x 1 head x 4 features x 3 layers, 16 bits
    assert energies(rows, "+dram", "key-value cache") == pytest.approx((5 * 24 * 16 * bit_pj,) * 2)
    assert energies(rows, "+lm-head", "lm-head weights") == pytest.approx((80 * 16 * bit_pj,) * 2)
    head_pj = 10 * (7 * 0.16 + 8 * 0.34)
    assert energies(rows, "+lm-head", "lm-head arithmetic") == pytest.approx((head_pj, head_pj))


def test_scopes_come_in_order_and_widen():
    rows = build_ledger(SMALL, SEVEN, tokens=4, counts=COUNTS)
    assert tuple(dict.fromkeys(row.scope for row in rows)) == SCOPES
    running = [0.0, 0.0]
    for row in rows:
        if not row.scope.startswith("+"):
            running = [0.0, 0.0] if row.category in ("linear", "adders") else running
        if row.category == "total":
            assert (row.fp16_pj, row.ternary_pj) == pytest.approx(tuple(running), rel=1e-12)
            assert row.ratio == row.fp16_pj / row.ternary_pj
        else:
            running = [running[0] + row.fp16_pj, running[1] + row.ternary_pj]


def test_without_counts_the_ledger_ends_before_the_array():
    rows = build_ledger(SMALL, SEVEN, tokens=4)
    assert tuple(dict.fromkeys(row.scope for row in rows)) == SCOPES[:4]
    assert NOT_COUNTED


def test_a_row_is_plain_data():
    row = index(build_ledger(SMALL, SEVEN, tokens=1, context=7, counts=COUNTS))["array", "scales"]
    assert row.to_dict() == {
        "scope": "array",
        "category": "scales",
        "fp16_pj": 0.0,
        "ternary_pj": row.ternary_pj,
        "ratio": 0.0,
        "kind": "published",
        "source": "an FP16 multiply for every input and output of a linear layer; "
        "jouppi2021 doi:10.1109/ISCA52012.2021.00010",
        "phase": "decode at context 7",
        "node_nm": 7,
    }
    idle = replace(COUNTS, tree_register_bit_writes=0)
    rows = index(build_ledger(SMALL, SEVEN, tokens=3, counts=idle))
    assert rows["+registers", "tree registers"].ratio is None
    assert rows["array", "total"].phase == "prefill of 3 tokens"
    assert build_ledger(SMALL, SEVEN, tokens=3, context=5)[0].phase == "3 tokens at context 5"


@given(st.integers(1, 4096), st.sampled_from([SEVEN, FORTY_FIVE]))
def test_longer_passes_cost_more_and_attention_dilutes_the_gain(tokens, technology):
    shape = find_preset("3B")
    short = build_ledger(shape, technology, tokens=tokens)
    long = build_ledger(shape, technology, tokens=tokens + 64)
    for scope in SCOPES[1:4]:
        before, after = index(short)[scope, "total"], index(long)[scope, "total"]
        assert after.fp16_pj > before.fp16_pj
        assert after.ternary_pj > before.ternary_pj
        assert 1 < after.ratio < before.ratio < 72
    assert total_ratio(short, "true-accumulator") < total_ratio(short, "real-shape")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tokens": 0}, "tokens must be a positive int, not 0"),
        ({"tokens": 1.0}, "tokens must be a positive int, not 1.0"),
        ({"context": 3}, "context must be an int of at least 4, not 3"),
        ({"float_sums": "bf16"}, "float_sums must be one of own, fp32, not 'bf16'"),
        ({"dram": "ddr5"}, "dram must be one of ddr, .* at 7 nm, not 'ddr5'"),
    ],
)
def test_errors(change, message):
    with pytest.raises(InputError, match=message):
        build_ledger(SMALL, SEVEN, **({"tokens": 4, "counts": COUNTS} | change))


def test_a_wrong_dram_is_refused_even_where_no_scope_needs_it():
    with pytest.raises(InputError, match="dram must be one of"):
        build_ledger(SMALL, SEVEN, tokens=4, dram="hbm9")
