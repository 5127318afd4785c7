"""Counts of many passes at once are those of each pass."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.counts import ArrayCounts
from hwsim.array_counts import count_pass, count_passes
from hwsim.configuration import configure_array
from rtl.config import PACKINGS, STYLES, ArrayConfig
from workloads.errors import InputError
from workloads.shapes import ModelShape, find_preset

SHAPE = ModelShape(
    name="ragged",
    hidden=30,
    intermediate=44,
    layers=3,
    heads=5,
    kv_heads=1,
    head_dim=6,
    vocab=10,
)


@settings(deadline=None, max_examples=40)
@given(
    tokens=st.lists(st.integers(2, 300), min_size=1, max_size=4),
    token_depth=st.integers(1, 40),
    style=st.sampled_from(STYLES),
    packing=st.sampled_from(PACKINGS[:2]),
)
def test_an_array_of_lengths_counts_as_each_length(
    tokens: list[int], token_depth: int, style: str, packing: str
) -> None:
    config = configure_array(
        44, style=style, lanes=8, columns=4, token_depth=token_depth, packing=packing
    )
    together = count_passes(config, SHAPE, np.array(tokens, dtype=float))
    for i, count in enumerate(tokens):
        alone = count_pass(config, SHAPE, count)
        for field in fields(ArrayCounts):
            value = getattr(together, field.name)
            value = value[i] if isinstance(value, np.ndarray) else value
            assert value == getattr(alone, field.name), field.name


def test_single_tokens_and_none() -> None:
    config = ArrayConfig(lanes=8, columns=4, token_depth=16, weight_bus_bits=16)
    counts = count_passes(config, SHAPE, np.array([0.0, 1.0]))
    one = count_pass(config, SHAPE, 1)
    assert counts.lane_operations.tolist() == [0, one.lane_operations]
    assert counts.weights_streamed.tolist() == [0, one.weights_streamed]
    assert counts.activation_values.tolist() == [one.activation_values] * 2
    assert not counts.partial_sums_in_sram


def test_a_whole_models_counts() -> None:
    shape = find_preset("70B")
    config = ArrayConfig(accumulator_width=23)
    tokens = np.array([2.0, 64.0, 65.0, 4096.0])
    assert count_passes(config, shape, tokens).lane_operations.tolist() == [
        count_pass(config, shape, int(count)).lane_operations for count in tokens
    ]


def test_single_tokens_are_not_mixed_with_more() -> None:
    with pytest.raises(InputError, match="tokens must all be above 1 or none"):
        count_passes(ArrayConfig(), find_preset("3B"), np.array([1.0, 2.0]))
