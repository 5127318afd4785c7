"""The papers' accounting: small cases by hand, Fig. 3's ten joules, what must hold always."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy.arithmetic import (
    accumulator_width,
    count_attention,
    count_float_linear,
    count_ternary_linear,
    float_energy,
    operation_ratio,
    paper_shape,
    ternary_energy,
)
from energy.technology import load_technology
from workloads.errors import InputError
from workloads.shapes import ModelShape, find_preset

SEVEN = load_technology(7)
SIZES = st.integers(1, 64)

# hidden 8, two heads of 4, one of them for keys and values, FFN of 6, three layers, 10 words
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

FIG3_JOULES = {  # arXiv 2402.17764, Fig. 3, read from the vector figure
    "1.3B": (0.32203, 0.017303),
    "3B": (0.66558, 0.030663),
    "7B": (1.68345, 0.057772),
    "13B": (3.27462, 0.099287),
    "70B": (16.6633, 0.404304),
}


def test_a_linear_layer_by_hand():
    # 5 tokens, N = 3, K = 4. Each of 15 outputs: 4 products, 3 adds.
    assert count_float_linear(5, 3, 4) == (45, 60)
    # the same 45 adds; per token 4 inputs and 3 outputs are scaled
    assert count_ternary_linear(5, 3, 4) == (45, 35)


def test_attention_by_hand():
    # 2 queries over 3 positions, 5 heads of 4: 2 products x 2 x 3 x 5 = 60 dot products of 4
    assert count_attention(2, 3, 5, 4) == (60 * 3, 60 * 4)


def test_a_whole_small_model_by_hand():
    # matrices (N, K): q 8x8, k 4x8, v 4x8, o 8x8, gate 6x8, up 6x8, down 8x6
    outputs_times_inputs = 64 + 32 + 32 + 64 + 48 + 48 + 48  # 336
    outputs = 8 + 4 + 4 + 8 + 6 + 6 + 8  # 44
    inputs = 6 * 8 + 6  # 54
    adds = 3 * 7 * (outputs_times_inputs - outputs)  # 3 layers, 7 tokens
    twin = float_energy(SMALL, 7, SEVEN, lm_head_tokens=1)
    assert twin.linear_add_pj == pytest.approx(adds * 0.16, rel=1e-14)
    assert twin.linear_mul_pj == pytest.approx(3 * 7 * outputs_times_inputs * 0.34, rel=1e-14)
    # attention: 2 products x 49 pairs x 2 heads x 3 layers = 588 dot products of 4
    assert twin.attention_pj == pytest.approx(588 * (3 * 0.16 + 4 * 0.34), rel=1e-14)
    # LM head: 10 dot products of 8
    assert twin.lm_head_pj == pytest.approx(10 * (7 * 0.16 + 8 * 0.34), rel=1e-14)
    ternary = ternary_energy(SMALL, 7, SEVEN, lm_head_tokens=1)
    assert ternary.linear_add_pj == pytest.approx(adds * 0.007, rel=1e-14)
    assert ternary.linear_mul_pj == pytest.approx(3 * 7 * (outputs + inputs) * 0.34, rel=1e-14)
    assert ternary.attention_pj == twin.attention_pj
    assert ternary.lm_head_pj == twin.lm_head_pj
    assert ternary.total_pj == pytest.approx(
        ternary.add_pj + ternary.mul_pj + ternary.lm_head_pj, rel=1e-14
    )


def test_biases_formats_and_accumulators_by_hand():
    adds, outputs = 3 * 7 * (336 - 44), 3 * 7 * 44
    biased = float_energy(SMALL, 7, SEVEN, bias=True)
    assert biased.linear_add_pj == pytest.approx((adds + outputs) * 0.16, rel=1e-14)
    biased = ternary_energy(SMALL, 7, SEVEN, bias=True)
    assert biased.linear_add_pj == pytest.approx(adds * 0.007 + outputs * 0.16, rel=1e-14)
    wide = float_energy(SMALL, 7, SEVEN, format="fp32")
    assert wide.attention_pj == pytest.approx(588 * (3 * 0.38 + 4 * 1.31), rel=1e-14)
    mixed = float_energy(SMALL, 7, SEVEN, accumulator="fp32")
    assert mixed.linear_add_pj == pytest.approx(adds * 0.38, rel=1e-14)
    assert mixed.attention_pj == pytest.approx(588 * (3 * 0.16 + 4 * 0.34), rel=1e-14)
    # exact sums: 128 x 8 = 1024 needs 12 bits, 128 x 6 = 768 needs 11
    down = 3 * 7 * 8 * 5
    exact = ternary_energy(SMALL, 7, SEVEN, accumulator="exact")
    assert exact.linear_add_pj == pytest.approx(
        (adds - down) * SEVEN.add_pj("int12") + down * SEVEN.add_pj("int11"), rel=1e-14
    )


def test_a_decode_step_attends_to_its_context():
    step = ternary_energy(SMALL, 1, SEVEN, context=100)
    # 2 products x 100 positions x 2 heads x 3 layers = 1200 dot products of 4
    assert step.attention_pj == pytest.approx(1200 * (3 * 0.16 + 4 * 0.34), rel=1e-14)
    assert step.linear_add_pj == ternary_energy(SMALL, 1, SEVEN).linear_add_pj


@pytest.mark.parametrize("model", FIG3_JOULES)
def test_all_ten_joules_of_figure_3(model):
    shape = find_preset(f"paper-{model}")
    ours = (float_energy(shape, 512, SEVEN), ternary_energy(shape, 512, SEVEN))
    for energy, joules in zip(ours, FIG3_JOULES[model], strict=True):
        assert energy.total_pj * 1e-12 == pytest.approx(joules, rel=5e-5)


def test_the_operation_ratio_at_both_nodes():
    assert operation_ratio(SEVEN) == pytest.approx(0.5 / 0.007, rel=1e-14)
    assert operation_ratio(load_technology(45)) == pytest.approx(50.0, rel=1e-14)
    assert operation_ratio(SEVEN, "int32") == pytest.approx(0.5 / 0.03, rel=1e-14)


def test_paper_shape_is_12_hidden_squared_a_layer():
    shape = paper_shape(find_preset("70B"))
    assert shape.ternary_weights == 80 * 12 * 8192**2
    assert (shape.kv_heads, shape.head_dim) == (64, 128)
    assert paper_shape(shape) == shape
    odd = paper_shape(replace(SMALL, hidden=12, heads=8))
    assert (odd.heads, odd.head_dim, odd.ternary_weights) == (4, 3, 3 * 12 * 144)


@given(st.integers(1, 100_000))
def test_the_accumulator_holds_every_sum_and_no_bit_more(k):
    width = accumulator_width(k)
    assert 2 ** (width - 2) <= 128 * k < 2 ** (width - 1)


def test_published_accumulator_widths():
    assert (accumulator_width(6912), accumulator_width(8640)) == (21, 22)


@given(st.integers(0, 2000), st.integers(0, 2000), SIZES, SIZES)
def test_counts_add_up_over_tokens_and_outputs(first, second, n, k):
    for count in (count_float_linear, count_ternary_linear):
        both = np.add(count(first, n, k), count(second, n, k))
        assert tuple(both) == count(first + second, n, k)
    both = np.add(count_float_linear(first, n, k), count_float_linear(first, 7, k))
    assert tuple(both) == count_float_linear(first, n + 7, k)


@given(st.integers(1, 2000), SIZES, SIZES, st.sampled_from(["tokens", "n", "k"]))
def test_counts_grow_with_every_dimension(tokens, n, k, dimension):
    sizes = {"tokens": tokens, "n": n, "k": k}
    larger = sizes | {dimension: sizes[dimension] + 1}
    for count in (count_float_linear, count_ternary_linear):
        before, after = count(**sizes), count(**larger)
        assert after.muls > before.muls
        assert after.adds > before.adds or (k == 1 and dimension != "k")


@given(st.integers(1, 500), st.integers(0, 500), st.sampled_from([7, 45]))
def test_energy_adds_up_over_layers(tokens, extra, node_nm):
    technology = load_technology(node_nm)
    for energy in (float_energy, ternary_energy):
        one, two, three = (
            energy(replace(SMALL, layers=layers), tokens, technology, context=tokens + extra)
            for layers in (1, 2, 3)
        )
        assert three.total_pj == pytest.approx(one.total_pj + two.total_pj, rel=1e-12)


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=5), st.booleans())
def test_arrays_of_tokens_give_what_single_tokens_give(tokens, bias):
    context = [2 * count + 1 for count in tokens]
    for energy in (float_energy, ternary_energy):
        together = energy(SMALL, np.array(tokens), SEVEN, context=context, bias=bias)
        for i, count in enumerate(tokens):
            alone = energy(SMALL, count, SEVEN, context=context[i], bias=bias)
            assert together.total_pj[i] == pytest.approx(alone.total_pj, rel=1e-13)


def test_large_arrays_do_not_overflow():
    tokens = np.array([10**7, 10**9])
    attention = count_attention(tokens, tokens, 128, 256).muls
    assert attention == pytest.approx(2.0 * tokens.astype(float) ** 2 * 128 * 256, rel=1e-15)


def test_no_tokens_cost_nothing():
    assert float_energy(SMALL, 0, SEVEN).total_pj == 0
    assert ternary_energy(SMALL, 0, SEVEN, bias=True).total_pj == 0


@pytest.mark.parametrize("tokens", [-1, 1.5, "512", True, None])
def test_tokens_are_whole_and_not_negative(tokens):
    with pytest.raises(InputError, match="tokens must be a non-negative int, not"):
        float_energy(SMALL, tokens, SEVEN)


@pytest.mark.parametrize("tokens", [[-1, 2], [1.5], ["512"], [True], []])
def test_arrays_of_tokens_are_checked_as_well(tokens):
    with pytest.raises(InputError, match="tokens must be non-negative ints, not"):
        ternary_energy(SMALL, tokens, SEVEN)


def test_a_ternary_accumulator_must_be_priced():
    with pytest.raises(InputError, match="no add of 'integer' at 7 nm"):
        ternary_energy(SMALL, 1, SEVEN, accumulator="integer")
