"""The loop nest: its folds one by one, and counted."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwsim.fold_times import time_folds
from hwsim.folds import Fold, FoldNest, nest_folds
from rtl.config import ArrayConfig
from workloads.errors import InputError

SIZES = st.integers(1, 9)


@given(SIZES, SIZES, SIZES, SIZES, SIZES)
def test_successions_are_those_of_the_list(m: int, nt: int, kt: int, t: int, d: int) -> None:
    nest = FoldNest(tokens=m, column_tiles=nt, lane_tiles=kt, token_depth=t, strip_depth=d)
    folds = list(nest)
    assert len(folds) == len(nest)
    assert (folds[0], folds[-1]) == (nest.first, nest.last)
    assert sum(fold.tokens * fold.tiles for fold in folds) == m * nt * kt
    pairs: Counter[tuple[Fold, int]] = Counter()
    for times, fold, next_tiles in nest.count_successions():
        pairs[fold, next_tiles] += times
    following = folds[1:] + folds[:1]
    assert pairs == Counter(
        (fold, after.tiles) for fold, after in zip(folds, following, strict=True)
    )


def test_order_by_hand() -> None:
    config = ArrayConfig(
        style="table", lanes=4, columns=2, token_depth=2, strip_depth=2, group=2, weight_bus_bits=4
    )
    # 3 tokens in blocks of 2 and 1, 3 column tiles in strips of 2 and 1, 2 lane tiles
    assert list(nest_folds(config, 3, 5, 7)) == [
        *[Fold(2, 2), Fold(2, 2), Fold(2, 1), Fold(2, 1)],
        *[Fold(1, 2), Fold(1, 2), Fold(1, 1), Fold(1, 1)],
    ]


def test_times_by_hand() -> None:
    # 4 beats a tile, 2 tokens, 2 lane tiles: swaps in cycles 5 and 9
    times = list(time_folds(ArrayConfig(), 2, 64, 128))
    assert [(fold.load_first, fold.load_last) for fold in times] == [(1, 4), (5, 8)]
    assert [(fold.issue_first, fold.issue_last) for fold in times] == [(6, 7), (10, 11)]


@pytest.mark.parametrize("m", [0, 65536, None])
def test_impossible_matmuls_are_refused_at_once(m: object) -> None:
    with pytest.raises(InputError, match=f"m must be an int from 1 to 65535, not {m}"):
        time_folds(ArrayConfig(), m, 1, 1)  # type: ignore[arg-type]
