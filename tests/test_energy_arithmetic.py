"""The papers' accounting: a small model by hand in every format, and what must hold always."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy.arithmetic import arithmetic_energy
from energy.formats import BASELINES, FORMATS
from energy.technology import load_technology
from workloads.errors import InputError
from workloads.shapes import ModelShape

SEVEN = load_technology(7)
FORMAT = st.sampled_from(sorted(FORMATS))

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
# its matrices (N, K): q 8x8, k 4x8, v 4x8, o 8x8, gate 6x8, up 6x8, down 8x6
WEIGHTS = 64 + 32 + 32 + 64 + 48 + 48 + 48  # 336
OUTPUTS = 8 + 4 + 4 + 8 + 6 + 6 + 8  # 44
INPUTS = 6 * 8 + 6  # 54
ADDS = 3 * 7 * (WEIGHTS - OUTPUTS)  # 3 layers, 7 tokens
PRODUCTS = 3 * 7 * WEIGHTS
DOTS = 2 * 49 * 2 * 3  # attention: 2 products x 49 pairs x 2 heads x 3 layers, each of length 4


def same(value: float):
    return pytest.approx(value, rel=1e-14)


def test_fp16_and_ternary_by_hand():
    fp16 = arithmetic_energy(SMALL, 7, SEVEN, format="fp16", lm_head_tokens=1)
    assert fp16.linear_add_pj == same(ADDS * 0.16)
    assert fp16.linear_mul_pj == same(PRODUCTS * 0.34)
    assert (fp16.scale_pj, fp16.dequantize_pj, fp16.bias_pj) == (0, 0, 0)
    assert fp16.attention_pj == same(DOTS * (3 * 0.16 + 4 * 0.34))
    # LM head: 10 dot products of 8
    assert fp16.lm_head_pj == same(10 * (7 * 0.16 + 8 * 0.34))
    ternary = arithmetic_energy(SMALL, 7, SEVEN, lm_head_tokens=1)
    assert ternary.linear_add_pj == same(ADDS * 0.007)
    assert ternary.linear_mul_pj == 0
    assert ternary.scale_pj == same(3 * 7 * (OUTPUTS + INPUTS) * 0.34)
    assert ternary.attention_pj == fp16.attention_pj
    assert ternary.lm_head_pj == fp16.lm_head_pj
    assert ternary.total_pj == same(ternary.add_pj + ternary.mul_pj + ternary.lm_head_pj)


def test_the_other_baselines_by_hand():
    bf16 = arithmetic_energy(SMALL, 7, SEVEN, format="bf16")
    assert bf16.linear_pj == same(ADDS * 0.11 + PRODUCTS * 0.21)
    assert bf16.attention_pj == same(DOTS * (3 * 0.11 + 4 * 0.21))
    w8a8 = arithmetic_energy(SMALL, 7, SEVEN, format="w8a8")
    assert w8a8.linear_pj == same(ADDS * 0.007 + PRODUCTS * 0.07)
    assert w8a8.scale_pj == same(3 * 7 * (OUTPUTS + INPUTS) * 0.34)
    assert w8a8.attention_pj == same(DOTS * (3 * 0.16 + 4 * 0.34))
    w4a16 = arithmetic_energy(SMALL, 7, SEVEN, format="w4a16")
    assert w4a16.linear_pj == same(ADDS * 0.16 + PRODUCTS * 0.34)
    assert w4a16.dequantize_pj == same(3 * WEIGHTS * 0.34)  # once a pass, not once a token
    fp32 = arithmetic_energy(SMALL, 7, SEVEN, format="fp32")
    assert fp32.attention_pj == same(DOTS * (3 * 0.38 + 4 * 1.31))


def test_biases_by_hand():
    biased = arithmetic_energy(SMALL, 7, SEVEN, format="fp16", bias=True)
    assert biased.add_pj == same((ADDS + 3 * 7 * OUTPUTS + DOTS * 3) * 0.16)
    biased = arithmetic_energy(SMALL, 7, SEVEN, bias=True)
    assert (biased.linear_add_pj, biased.bias_pj) == same((ADDS * 0.007, 3 * 7 * OUTPUTS * 0.16))


def test_widths_of_the_adds_by_hand():
    mixed = arithmetic_energy(SMALL, 7, SEVEN, format="fp16", sums="fp32")
    assert mixed.linear_add_pj == same(ADDS * 0.38)
    assert mixed.attention_pj == same(DOTS * (3 * 0.16 + 4 * 0.34))
    # exact ternary sums: 128 x 8 = 1024 needs 12 bits, 128 x 6 = 768 needs 11
    down = 3 * 7 * 8 * 5
    exact = arithmetic_energy(SMALL, 7, SEVEN, sums="exact")
    assert exact.linear_add_pj == same(
        (ADDS - down) * SEVEN.add_pj("int12") + down * SEVEN.add_pj("int11")
    )
    # with int8 weights 7 bits more; floats have no exact width and keep their own
    exact = arithmetic_energy(SMALL, 7, SEVEN, format="w8a8", sums="exact")
    assert exact.linear_add_pj == same(
        (ADDS - down) * SEVEN.add_pj("int19") + down * SEVEN.add_pj("int18")
    )
    fp16 = arithmetic_energy(SMALL, 7, SEVEN, format="fp16", sums="exact")
    assert fp16.linear_add_pj == same(ADDS * 0.16)


def test_skipping_zeros_by_hand():
    # a quarter of the weights is zero: of K products 0.75 K remain, with 0.75 K - 1 adds
    skipped = arithmetic_energy(SMALL, 7, SEVEN, zero_fraction=0.25)
    assert skipped.linear_add_pj == same(3 * 7 * (0.75 * WEIGHTS - OUTPUTS) * 0.007)
    assert skipped.scale_pj == arithmetic_energy(SMALL, 7, SEVEN).scale_pj


def test_a_decode_step_attends_to_its_context():
    step = arithmetic_energy(SMALL, 1, SEVEN, context=100)
    # 2 products x 100 positions x 2 heads x 3 layers = 1200 dot products of 4
    assert step.attention_pj == same(1200 * (3 * 0.16 + 4 * 0.34))
    assert step.linear_add_pj == arithmetic_energy(SMALL, 1, SEVEN).linear_add_pj


@given(st.integers(1, 500), st.integers(0, 500), FORMAT)
def test_energy_adds_up_over_layers(tokens, extra, format):
    one, two, three = (
        arithmetic_energy(
            replace(SMALL, layers=layers), tokens, SEVEN, context=tokens + extra, format=format
        )
        for layers in (1, 2, 3)
    )
    assert three.total_pj == pytest.approx(one.total_pj + two.total_pj, rel=1e-12)


@given(
    st.integers(1, 500),
    FORMAT,
    st.booleans(),
    st.sampled_from(["tokens", "context", "hidden", "intermediate", "layers", "vocab"]),
)
def test_energy_grows_with_every_dimension(tokens, format, exact, dimension):
    arguments = {"format": format, "sums": "exact" if exact else "operand", "lm_head_tokens": 1}
    sizes = {"tokens": tokens, "context": tokens}
    small = arithmetic_energy(SMALL, technology=SEVEN, **arguments, **sizes)
    if dimension in sizes:
        sizes[dimension] += 1
        large = arithmetic_energy(SMALL, technology=SEVEN, **arguments, **sizes)
    else:
        shape = replace(SMALL, **{dimension: getattr(SMALL, dimension) + 1})
        large = arithmetic_energy(shape, technology=SEVEN, **arguments, **sizes)
    assert large.total_pj > small.total_pj


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=5), st.booleans(), FORMAT)
def test_arrays_of_tokens_give_what_single_tokens_give(tokens, bias, format):
    context = [2 * count + 1 for count in tokens]
    together = arithmetic_energy(
        SMALL, np.array(tokens), SEVEN, context=context, bias=bias, format=format
    )
    for i, count in enumerate(tokens):
        alone = arithmetic_energy(SMALL, count, SEVEN, context=context[i], bias=bias, format=format)
        assert together.total_pj[i] == pytest.approx(alone.total_pj, rel=1e-13)


@pytest.mark.parametrize("format", FORMATS)
def test_no_tokens_cost_nothing(format):
    assert arithmetic_energy(SMALL, 0, SEVEN, format=format, bias=True).total_pj == 0


def test_every_baseline_costs_more_than_ternary():
    ternary = arithmetic_energy(SMALL, 5, SEVEN).total_pj
    for format in BASELINES:
        assert arithmetic_energy(SMALL, 5, SEVEN, format=format).total_pj > ternary


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"tokens": -1}, "tokens must be a non-negative int, not -1"),
        ({"context": 1.5}, "context must be a non-negative int, not 1.5"),
        ({"format": "int4"}, "format must be one of ternary, fp16, .*, not 'int4'"),
        ({"sums": "integer"}, "no add of 'integer' at 7 nm"),
        ({"zero_fraction": 2}, "zero_fraction must be from 0 to 1, not 2"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(InputError, match=message):
        arithmetic_energy(**({"shape": SMALL, "tokens": 1, "technology": SEVEN} | arguments))
