"""The cycle model against the compiled RTL: any style, packing, bus and depths; difference 0.

A configuration is drawn from its seed, so that its build is found in the cache; matmuls and
stalls are drawn anew by hypothesis.
"""

import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwsim.cycles import add_weight_stalls, count_cycles
from hwsim.fold_times import count_table_words
from hwsim.folds import nest_folds
from rtl.compiled import CompiledArray, MatmulRun, Stalls
from rtl.config import (
    ADDERS,
    PACKINGS,
    STYLES,
    ArrayConfig,
    accumulator_width_for,
    code_size,
    widest_weight_bus,
)

FAST = range(9)  # seeds; each costs a build of seconds
SLOW = range(9, 249)
SHAPE = st.tuples(
    st.integers(1, 14), st.integers(1, 4), st.integers(1, 4), st.integers(0, 2**32 - 1)
)


def draw_config(seed: int) -> ArrayConfig:
    """Return a small array; three in a row have all styles, nine of `table` all packings."""
    draw = random.Random(seed)
    style = STYLES[seed % len(STYLES)]
    table = style == "table"
    packings = PACKINGS if table else PACKINGS[:2]
    packing = packings[seed // len(STYLES) % len(packings)]
    group = draw.choice((2, 3)) if table else 1
    lanes, columns = draw.randint(1, 9), draw.choice((1, 2, 3, 4, 5, 6, 8, 33, 65))
    if style == "systolic":
        columns = min(columns, 6)  # L C elements, each with an adder of its own
    widest = widest_weight_bus(lanes, columns, packing, group)
    narrowest = max(code_size(packing, group)[1], widest // draw.choice((1, 2, 3, 7, 20)))
    return ArrayConfig(
        style=style,
        lanes=lanes,
        columns=columns,
        token_depth=draw.randint(1, 5),
        strip_depth=draw.choice((1, 2, 3, 8, 17)) if table else 1,
        group=group,
        accumulator_width=accumulator_width_for(4 * lanes) + draw.randint(0, 5),
        weight_bus_bits=draw.randint(narrowest, widest),
        packing=packing,
        tree_registers=0 if style == "systolic" else draw.choice((0, 0, 1, 2, 4)),
        adders=draw.choice(ADDERS) if style == "tree" else ADDERS[0],
    )


def draw_matmul(
    config: ArrayConfig, shape: tuple[int, int, int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return x and w of `shape`: M, about so many strips and lane tiles, a seed."""
    m, strips, lane_tiles, seed = shape
    draw = np.random.default_rng(seed)
    n = draw.integers(1, min(strips * config.strip_depth, 20) * config.columns + 1)
    k = draw.integers(1, lane_tiles * config.lanes + 1)
    return draw.integers(-128, 128, (m, k), np.int8), draw.integers(-1, 2, (n, k), np.int8)


def run_exactly(
    array: CompiledArray, x: np.ndarray, w: np.ndarray, stalls: Stalls | None = None
) -> MatmulRun:
    run = array.run(x, w, stalls)
    assert np.array_equal(run.y, x.astype(np.int64) @ w.T.astype(np.int64))
    assert not run.error
    return run


def is_memory_bound(config: ArrayConfig, m: int, n: int, k: int) -> bool:
    """Every fold but the last is bound by memory, and the first load hides no table's writing."""
    words, folds = count_table_words(config), list(nest_folds(config, m, n, k))
    loads = [fold.tiles * config.beats_per_tile for fold in folds]
    return loads[0] >= words and all(
        config.hold_cycles + load > fold.tokens * max(fold.tiles, words)
        for load, fold in zip(loads[1:], folds[:-1], strict=True)
    )


@pytest.mark.parametrize(
    "seed", [*FAST, *(pytest.param(seed, marks=pytest.mark.slow) for seed in SLOW)]
)
def test_rtl_takes_the_predicted_cycles(seed: int) -> None:
    config = draw_config(seed)
    with CompiledArray(config) as array:

        @settings(max_examples=30, deadline=None, derandomize=True)
        @given(SHAPE)
        def without_stalls(shape: tuple[int, int, int, int]) -> None:
            x, w = draw_matmul(config, shape)
            run = run_exactly(array, x, w)
            assert run.cycles == count_cycles(config, len(x), *w.shape).cycles
            assert not run.fold_stall_cycles.any()

        @settings(max_examples=30, deadline=None, derandomize=True)
        @given(SHAPE, st.sampled_from([0.05, 0.3, 0.7, 0.9]))
        def with_a_slow_memory(shape: tuple[int, int, int, int], odds: float) -> None:
            x, w = draw_matmul(config, shape)
            run = run_exactly(array, x, w, Stalls(weights=odds, seed=shape[-1]))
            matmul = (len(x), *w.shape)
            held = run.fold_stall_cycles.tolist()
            assert sum(held) == run.stall_cycles["weights"]
            assert run.cycles == add_weight_stalls(config, *matmul, held)
            if is_memory_bound(config, *matmul):
                assert run.cycles == count_cycles(config, *matmul).cycles + sum(held)

        without_stalls()
        with_a_slow_memory()


def test_configurations_are_a_spread() -> None:
    fast = [draw_config(seed) for seed in FAST]
    kinds = Counter((config.style, config.packing) for config in fast)
    assert len(kinds) == 7  # all that there are
    assert {config.group for config in fast} == {1, 2, 3}
    everything = [draw_config(seed) for seed in [*FAST, *SLOW]]
    assert len(set(everything)) == len(everything) > 200
    assert {config.adders for config in everything} == set(ADDERS)
    matmuls = [is_memory_bound(config, 3, 2 * config.columns, 2 * config.lanes) for config in fast]
    assert {False, True} == set(matmuls)
