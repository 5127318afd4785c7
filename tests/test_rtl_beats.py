"""rtl.beats: the streams' bytes, against the specification written bit by bit."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtl.beats import cut_folds, cut_tile, join_results
from rtl.config import ArrayConfig, code_size

SMALL = ArrayConfig(lanes=4, columns=3, token_depth=2, accumulator_width=16, weight_bus_bits=6)
TABLE = replace(SMALL, style="table", group=2, packing="group", strip_depth=2, weight_bus_bits=9)


def read_code(beats: np.ndarray, number: int, config: ArrayConfig) -> int:
    """Return code `number` of a tile, by the formula of the specification."""
    q, b = config.weight_bus_bits // config.code_bits, config.code_bits
    beat = int.from_bytes(beats[number // q].tobytes(), "little")
    return sum((beat >> (a * q + number % q) & 1) << a for a in range(b))


def expect_code(weights: list[int], config: ArrayConfig) -> int:
    if config.packing == "group":
        value = sum(w * 3**i for i, w in enumerate(weights))
        return abs(value) | (value < 0) << (config.code_bits - 1)
    return sum((w + 1) * 3**i for i, w in enumerate(weights))


@settings(max_examples=60, deadline=None)
@given(
    lanes=st.integers(1, 12),
    columns=st.integers(1, 9),
    packing=st.sampled_from(["two-bit", "five-trit", "group2", "group3"]),
    bus=st.integers(8, 40),
    seed=st.integers(0, 2**32 - 1),
)
def test_codes_are_where_the_specification_says(
    lanes: int, columns: int, packing: str, bus: int, seed: int
) -> None:
    grouped = packing.startswith("group")
    group = int(packing[-1]) if grouped else 1
    packing = "group" if grouped else packing
    held, bits = code_size(packing, group)
    config = ArrayConfig(
        style="table" if grouped else "tree",
        group=group,
        packing=packing,
        lanes=lanes,
        columns=columns,
        weight_bus_bits=min(bus, -(-lanes // held) * columns * bits),
        accumulator_width=20,
    )
    tile = np.random.default_rng(seed).integers(-1, 2, (config.lanes, config.columns), np.int8)
    beats = cut_tile(tile, config)
    assert beats.shape == (config.beats_per_tile, -(-config.weight_bus_bits // 8))
    for number in range(config.codes_per_tile):
        first, column = number // config.columns * held, number % config.columns
        weights = [
            int(tile[lane, column]) if lane < config.lanes else 0
            for lane in range(first, first + held)
        ]
        assert read_code(beats, number, config) == expect_code(weights, config)


@pytest.mark.parametrize("config", [SMALL, TABLE])
def test_folds_follow_the_loop_nest(config: ArrayConfig) -> None:
    x = np.arange(5 * 9, dtype=np.int8).reshape(5, 9)  # three blocks, three lane tiles
    w = np.zeros((8, 9), np.int8)  # three column tiles: two strips for the table
    folds = list(cut_folds(x, w, config))
    strips = 2 if config.strip_depth == 2 else 3
    assert len(folds) == 3 * strips * 3
    assert sum(fold.results for fold in folds) == 5 * 3
    assert [len(fold.activations) for fold in folds[:: 3 * strips]] == [2, 2, 1]
    assert folds[2].activations.tolist() == [[8, 0, 0, 0], [17, 0, 0, 0]]
    tiles = [len(fold.weights) // config.beats_per_tile for fold in folds[: 3 * strips : 3]]
    assert tiles == ([2, 1] if strips == 2 else [1, 1, 1])


@pytest.mark.parametrize("config", [SMALL, TABLE])
def test_results_come_back_as_numbers(config: ArrayConfig) -> None:
    rng = np.random.default_rng(3)
    y = rng.integers(-(2**15), 2**15, (5, 8)).astype(np.int32)
    padded = np.pad(y, ((0, 0), (0, 1))).reshape(5, 3, 3)
    beats = []
    for block in range(0, 5, 2):
        for strip in range(0, 3, config.strip_depth):
            for token in range(block, min(block + 2, 5)):
                for tile in range(strip, min(strip + config.strip_depth, 3)):
                    number = sum(
                        (int(padded[token, tile, c]) >> i & 1) << (i * 3 + c)
                        for i in range(16)
                        for c in range(3)
                    )
                    beats.append(list(number.to_bytes(6, "little")))
    assert (join_results(np.array(beats, np.uint8), 5, 8, config) == y).all()
