"""Counts of adds and multiplies: cases by hand, and what must hold for every size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy.operations import (
    accumulator_width,
    count_attention,
    count_dequantized,
    count_linear,
    count_scales,
)
from workloads.errors import InputError

SIZES = st.integers(1, 64)


def test_a_linear_layer_by_hand():
    # 5 tokens, N = 3, K = 4. Each of 15 outputs: 4 products, 3 adds.
    assert count_linear(5, 3, 4) == (45, 60)
    # per token 4 inputs and 3 outputs are scaled; the 12 weights are made floats once
    assert count_scales(5, 3, 4) == 35
    assert (count_dequantized(5, 3, 4), count_dequantized(0, 3, 4)) == (12, 0)


def test_attention_by_hand():
    # 2 queries over 3 positions, 5 heads of 4: 2 products x 2 x 3 x 5 = 60 dot products of 4
    assert count_attention(2, 3, 5, 4) == (60 * 3, 60 * 4)


def test_skipped_products_take_their_adds_along():
    # a quarter of 4 products is zero: 3 remain, with 2 adds, for each of 15 outputs
    assert count_linear(5, 3, 4, zero_fraction=0.25) == (30, 45)
    # half a product an output remains on average, and needs no add
    assert count_linear(5, 3, 4, zero_fraction=0.875) == (0, 7.5)
    assert count_linear(5, 3, 4, zero_fraction=1) == (0, 0)
    for fraction in (-0.1, 1.1, float("nan")):
        with pytest.raises(InputError, match="zero_fraction must be from 0 to 1, not"):
            count_linear(5, 3, 4, zero_fraction=fraction)


@given(st.integers(0, 2000), st.integers(0, 2000), SIZES, SIZES)
def test_counts_add_up_over_tokens_and_outputs(first, second, n, k):
    both = np.add(count_linear(first, n, k), count_linear(second, n, k))
    assert tuple(both) == count_linear(first + second, n, k)
    both = np.add(count_linear(first, n, k), count_linear(first, 7, k))
    assert tuple(both) == count_linear(first, n + 7, k)
    assert count_scales(first, n, k) + count_scales(second, n, k) == count_scales(
        first + second, n, k
    )


@given(st.integers(1, 2000), SIZES, SIZES, st.sampled_from(["tokens", "n", "k"]))
def test_counts_grow_with_every_dimension(tokens, n, k, dimension):
    sizes = {"tokens": tokens, "n": n, "k": k}
    larger = sizes | {dimension: sizes[dimension] + 1}
    before, after = count_linear(**sizes), count_linear(**larger)
    assert after.muls > before.muls
    assert after.adds > before.adds or (k == 1 and dimension != "k")
    assert count_scales(**larger) > count_scales(**sizes)


@given(st.integers(1, 100_000), st.sampled_from([128, 128 * 128]))
def test_the_accumulator_holds_every_sum_and_no_bit_more(k, largest):
    width = accumulator_width(k, largest)
    assert 2 ** (width - 2) <= largest * k < 2 ** (width - 1)


def test_published_accumulator_widths():
    assert (accumulator_width(6912), accumulator_width(8640)) == (21, 22)
    # int8 weights: seven bits more
    assert accumulator_width(8640, 128 * 128) == 29


def test_large_arrays_do_not_overflow():
    tokens = np.array([10**7, 10**9])
    attention = count_attention(tokens, tokens, 128, 256).muls
    assert attention == pytest.approx(2.0 * tokens.astype(float) ** 2 * 128 * 256, rel=1e-15)
