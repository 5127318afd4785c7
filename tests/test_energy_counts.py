"""`ArrayCounts`: what it refuses, and how matmuls add up to a pass."""

from dataclasses import fields, replace

import numpy as np
import pytest

from energy.counts import ArrayCounts, add_counts
from workloads.errors import InputError

# 2 lanes x 3 columns, 5 beats: every number by hand, none the same as another's multiple
COUNTS = ArrayCounts(
    lane_operations=30,
    full_adder_operations=277.5,
    selector_bit_operations=240,
    decoder_gate_operations=8,
    lookup_gate_operations=9,
    weight_read_gate_operations=14,
    table_bit_writes=5,
    weight_register_writes=12,
    activation_register_writes=10,
    sum_register_writes=15,
    tree_register_bit_writes=7,
    activation_reads=11,
    activation_writes=13,
    activation_values=64,
    partial_sum_accesses=25,
    partial_sum_values=24,
    weights_streamed=6,
    accumulator_width=20,
    sum_width=18.5,
)
EVENTS = [
    field.name
    for field in fields(ArrayCounts)
    if field.name
    not in {
        "activation_values",
        "partial_sum_values",
        "accumulator_width",
        "sum_width",
        "weight_bits",
        "array_weight_bits",
        "partial_sums_in_sram",
    }
]


def test_repeating_multiplies_events_and_keeps_capacities():
    thrice = COUNTS.repeat(3)
    for name in EVENTS:
        assert getattr(thrice, name) == 3 * getattr(COUNTS, name)
    assert replace(thrice, **{name: getattr(COUNTS, name) for name in EVENTS}) == COUNTS
    assert COUNTS.repeat(0).lane_operations == 0


def test_adding_sums_events_and_takes_the_largest_capacity():
    other = replace(COUNTS.repeat(2), activation_values=100, partial_sum_values=1)
    both = add_counts([COUNTS, other])
    for name in EVENTS:
        assert getattr(both, name) == 3 * getattr(COUNTS, name)
    assert (both.activation_values, both.partial_sum_values) == (100, 24)
    assert both == add_counts([other, COUNTS])
    assert add_counts(iter([COUNTS])) == COUNTS


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weight_bits": 1.6}, r"parts must agree in weight_bits, not have \[1.6, 2.0\]"),
        ({"accumulator_width": 21}, r"parts must agree in accumulator_width, not have \[20, 21\]"),
        ({"partial_sums_in_sram": False}, "parts must agree in partial_sums_in_sram"),
    ],
)
def test_counts_of_different_arrays_do_not_add(change, message):
    with pytest.raises(InputError, match=message):
        add_counts([COUNTS, replace(COUNTS, **change)])


def test_no_counts_do_not_add():
    with pytest.raises(InputError, match="parts must hold at least one ArrayCounts, not none"):
        add_counts([])


@pytest.mark.parametrize("name", [name for name in EVENTS if name != "full_adder_operations"])
def test_events_are_non_negative_ints(name):
    for value in (-1, 0.5, None):
        message = f"{name} must be a non-negative int, not {value!r}"
        with pytest.raises(InputError, match=message):
            replace(COUNTS, **{name: value})


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("full_adder_operations", -0.5, "full_adder_operations must be a finite number above 0"),
        ("full_adder_operations", float("nan"), "full_adder_operations must be a finite number"),
        ("activation_values", 0, "activation_values must be a positive int, not 0"),
        ("partial_sum_values", 0, "partial_sum_values must be a positive int, not 0"),
        ("accumulator_width", 1, "accumulator_width must be an int from 2 to 128, not 1"),
        ("sum_width", 20.5, "sum_width must be at most accumulator_width = 20, not 20.5"),
        ("sum_width", 0.0, "sum_width must be a finite number above 0, not 0.0"),
        ("weight_bits", -2.0, "weight_bits must be a finite number above 0, not -2.0"),
    ],
)
def test_other_numbers_are_checked(name, value, message):
    with pytest.raises(InputError, match=message):
        replace(COUNTS, **{name: value})


def test_an_idle_array_counts_nothing():
    assert replace(COUNTS, full_adder_operations=0).full_adder_operations == 0


def test_events_may_be_arrays_over_passes():
    passes = replace(COUNTS, lane_operations=np.array([30.0, 60.0]))
    assert passes.lane_operations.tolist() == [30.0, 60.0]
    with pytest.raises(InputError, match="lane_operations must be non-negative ints"):
        replace(COUNTS, lane_operations=np.array([30.0, -1.0]))
