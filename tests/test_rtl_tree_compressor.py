"""rtl.tree.compressor: plans keep the sum of their bits, and need no more adders than they must."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtl.tree.compressor import (
    AdderPlan,
    Columns,
    count_bits,
    place_registers,
    plan_accumulation,
    plan_compression,
    plan_ripple,
    plan_tree,
)

HEIGHTS = st.lists(st.integers(0, 40), min_size=1, max_size=12)


def apply_plan(plan: AdderPlan, bits: dict[int, int]) -> dict[int, int]:
    """Return the output bits; a bit is 0 or 1, and each must be used once only."""
    bits = dict(bits)
    for stage in plan.stages:
        for adder in stage:
            total = sum(bits.pop(bit) for bit in adder.inputs)
            bits[adder.sum] = total & 1
            if adder.carry is not None:
                bits[adder.carry] = total >> 1
    return bits


def sum_columns(columns: Columns, bits: dict[int, int]) -> int:
    return sum(bits[bit] << weight for weight, column in enumerate(columns) for bit in column)


def draw_bits(columns: Columns, seed: int) -> dict[int, int]:
    draw = random.Random(seed)
    density = draw.random()
    return {bit: int(draw.random() < density) for column in columns for bit in column}


def check_sum(plan: AdderPlan, width: int, seed: int) -> None:
    bits = draw_bits(plan.inputs, seed)
    outputs = apply_plan(plan, bits)
    assert set(outputs) == {bit for column in plan.outputs for bit in column}
    assert (
        sum_columns(plan.outputs, outputs) % 2**width == sum_columns(plan.inputs, bits) % 2**width
    )


@given(HEIGHTS, st.integers(0, 6), st.integers(0, 2**32))
def test_compression_keeps_the_sum(heights: list[int], spare: int, seed: int) -> None:
    width = len(heights) + spare
    plan = plan_compression(heights, width)
    assert [len(column) for column in plan.inputs] == heights + [0] * spare
    assert max(map(len, plan.outputs)) <= 2
    assert len(plan.outputs) == width
    check_sum(plan, width, seed)


@given(st.lists(st.integers(0, 2), min_size=1, max_size=24), st.integers(0, 2**32))
def test_ripple_keeps_the_sum(heights: list[int], seed: int) -> None:
    plan = plan_ripple(heights, len(heights))
    assert max(map(len, plan.outputs)) <= 1
    check_sum(plan, len(heights), seed)


@given(HEIGHTS)
def test_levels_follow_from_the_stages(heights: list[int]) -> None:
    plan = plan_compression(heights, len(heights) + 6)
    for stage, before, after in zip(plan.stages, plan.levels, plan.levels[1:], strict=False):
        expected = [set(column) for column in before]
        for adder in stage:
            assert expected[adder.column] >= set(adder.inputs), "adds a bit of its own stage"
            expected[adder.column] -= set(adder.inputs)
        for adder in stage:
            expected[adder.column].add(adder.sum)
            if adder.carry is not None:
                expected[adder.column + 1].add(adder.carry)
        assert [set(column) for column in after] == expected


@given(st.integers(1, 200), st.integers(0, 2**32))
def test_tree_sums_lanes(lanes: int, seed: int) -> None:
    plan = plan_tree(lanes)
    assert [len(column) for column in plan.inputs[:8]] == [2 * lanes] + 7 * [lanes]
    bits = draw_bits(plan.inputs, seed)
    outputs = apply_plan(plan, bits)
    # Not modulo anything: a tree drops no carry, for all bits set is its largest sum.
    assert sum_columns(plan.outputs, outputs) == sum_columns(plan.inputs, bits)


@pytest.mark.parametrize("lanes", [1, 3, 64, 100])
@pytest.mark.parametrize("width", [22, 32])
def test_accumulation_is_one_adder_deep_before_the_ripple(lanes: int, width: int) -> None:
    rows = plan_tree(lanes).outputs
    compression, ripple = plan_accumulation(lanes, width)
    assert len(compression.stages) == 1
    assert [len(column) for column in compression.inputs] == [
        len(rows[i]) + 1 if i < len(rows) else 1 for i in range(width)
    ]
    assert [len(column) for column in ripple.inputs] == [len(c) for c in compression.outputs]
    assert [len(column) for column in ripple.outputs] == [1] * width


@pytest.mark.parametrize(
    ("lanes", "stages", "full", "half"),
    [(1, 0, 0, 0), (2, 1, 1, 7), (32, 9, 263, 19), (64, 10, 549, 24), (128, 12, 1123, 35)],
)
def test_counts(lanes: int, stages: int, full: int, half: int) -> None:
    plan = plan_tree(lanes)
    assert (len(plan.stages), plan.full_adders, plan.half_adders) == (stages, full, half)


@pytest.mark.parametrize("lanes", [16, 32, 64, 128, 256])
def test_nine_full_adders_a_weight(lanes: int) -> None:
    # A full adder is the only thing that removes a bit: nine bits a lane go in, and all the
    # accumulator takes in it gives back.
    plans = [plan_tree(lanes), *plan_accumulation(lanes, 24)]
    assert sum(plan.full_adders for plan in plans) <= 9 * lanes
    assert sum(plan.half_adders for plan in plans) <= lanes + 24


@given(HEIGHTS)
def test_only_full_adders_remove_bits(heights: list[int]) -> None:
    plan = plan_compression(heights, len(heights) + 6)
    assert count_bits(plan.inputs) - plan.full_adders == count_bits(plan.outputs)


@pytest.mark.parametrize(
    ("lanes", "ranks", "levels"),
    [(64, 0, [10]), (64, 1, [5, 10]), (64, 2, [3, 7, 10]), (1, 2, [0, 0, 0]), (2, 3, [0, 0, 1, 1])],
)
def test_registers_are_evenly_spaced(lanes: int, ranks: int, levels: list[int]) -> None:
    assert place_registers(plan_tree(lanes), ranks) == levels
