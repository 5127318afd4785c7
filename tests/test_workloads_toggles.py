"""Toggle counts, against a walk through the loop nest bit by bit."""

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workloads.errors import InputError
from workloads.toggles import (
    _count_ones,
    _count_operand_toggles,
    count_input_toggles,
    count_lookup_toggles,
    count_operand_toggles,
)

X = np.zeros((1, 2), np.int8)
TILE = {"lanes": 2, "columns": 2, "token_depth": 2}


def beats(m: int, n: int, k: int, tile: dict[str, int]) -> Iterator[tuple[int, int, int]]:
    """(first column, first lane, token) of each beat, as docs/specification.md orders them."""
    for block in range(0, m, tile["token_depth"]):
        for column in range(0, n, tile["columns"]):
            for lane in range(0, k, tile["lanes"]):
                for token in range(block, min(block + tile["token_depth"], m)):
                    yield column, lane, token


def at(matrix: np.ndarray, row: int, column: int) -> int:
    inside = row < matrix.shape[0] and column < matrix.shape[1]
    return int(matrix[row, column]) if inside else 0


def walk(x: np.ndarray, w: np.ndarray, tile: dict[str, int]) -> tuple[int, int]:
    """Toggles of the input registers and of the operands."""
    inputs: dict[int, int] = {}
    operands: dict[tuple[int, int], int] = {}
    toggles = [0, 0]
    for column, lane, token in beats(*x.shape[:1], *w.shape, tile):
        for offset in range(tile["lanes"]):
            value = at(x, token, lane + offset) & 0xFF
            toggles[0] += (value ^ inputs.get(offset, 0)).bit_count()
            inputs[offset] = value
            for c in range(tile["columns"]):
                weight = at(w, column + c, lane + offset)
                operand = {1: value, 0: 0, -1: value ^ 0xFF}[weight]
                toggles[1] += (operand ^ operands.get((c, offset), 0)).bit_count()
                operands[c, offset] = operand
    return toggles[0], toggles[1]


@settings(deadline=None, max_examples=60)
@given(
    m=st.integers(1, 6),
    n=st.integers(1, 7),
    k=st.integers(1, 12),
    lanes=st.integers(1, 7),
    columns=st.integers(1, 4),
    token_depth=st.integers(1, 7),
    seed=st.integers(0, 2**32 - 1),
)
def test_both_follow_the_loop_nest(
    m: int, n: int, k: int, lanes: int, columns: int, token_depth: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    x, w = rng.integers(-128, 128, (m, k), np.int8), rng.integers(-1, 2, (n, k), np.int8)
    tile = {"lanes": lanes, "columns": columns, "token_depth": token_depth}
    of_inputs, of_operands = walk(x, w, tile)
    column_tiles = -(-n // columns)
    given = count_input_toggles(x, lanes=lanes, token_depth=token_depth, column_tiles=column_tiles)
    assert given == of_inputs
    assert count_operand_toggles(x, w, **tile) == of_operands


@settings(deadline=None, max_examples=40)
@given(
    m=st.integers(1, 5),
    n=st.integers(1, 9),
    k=st.integers(1, 12),
    lanes=st.integers(1, 7),
    columns=st.integers(1, 3),
    token_depth=st.integers(1, 4),
    strip_depth=st.integers(1, 4),
    group=st.integers(1, 3),
    seed=st.integers(0, 2**32 - 1),
)
def test_lookups_follow_the_loop_nest_of_strips(
    m: int,
    n: int,
    k: int,
    lanes: int,
    columns: int,
    token_depth: int,
    strip_depth: int,
    group: int,
    seed: int,
) -> None:
    rng = np.random.default_rng(seed)
    x, w = rng.integers(-128, 128, (m, k), np.int8), rng.integers(-1, 2, (n, k), np.int8)
    tile = {"lanes": lanes, "columns": columns, "token_depth": token_depth}
    held: dict[tuple[int, int], int] = {}
    toggles = 0
    for column, lane, token in beats(m, n, k, tile | {"columns": strip_depth * columns}):
        for tile_column in range(column, min(column + strip_depth * columns, n), columns):
            for c, first in product(range(columns), range(0, lanes, group)):
                places = [lane + i for i in range(first, min(first + group, lanes))]
                weights = [at(w, tile_column + c, place) for place in places]
                number = sum(weight * 3**i for i, weight in enumerate(weights))
                sign = -1 if number < 0 else 1
                total = sum(
                    sign * weight * at(x, token, place)
                    for weight, place in zip(weights, places, strict=True)
                ) & (2 ** (7 + group) - 1)
                toggles += (total ^ held.get((c, first), 0)).bit_count()
                held[c, first] = total
    assert count_lookup_toggles(x, w, strip_depth=strip_depth, group=group, **tile) == toggles


def test_by_hand() -> None:
    # The register holds 5, then -1; the operand ~5 = 0b11111010, then -1.
    x, w = np.array([[5, -1]], np.int8), np.array([[-1, 1]], np.int8)
    assert count_input_toggles(x, lanes=1, token_depth=1, column_tiles=1) == 2 + 6
    assert count_operand_toggles(x, w, lanes=1, columns=1, token_depth=1) == 6 + 2


def test_interpreted_kernels() -> None:
    assert [int(_count_ones.py_func(byte)) for byte in range(256)] == [
        byte.bit_count() for byte in range(256)
    ]
    rng = np.random.default_rng(0)
    x, w = rng.integers(-128, 128, (3, 4), np.int8), rng.integers(-1, 2, (4, 4), np.int8)
    interpreted = _count_operand_toggles.py_func(x.view(np.uint8), w, 2, 2, 2)
    assert int(interpreted) == walk(x, w, TILE)[1]


@pytest.mark.parametrize("name", ["lanes", "columns", "token_depth"])
def test_sizes_are_checked(name: str) -> None:
    with pytest.raises(InputError, match=f"^{name} must be a positive int, not 0$"):
        count_operand_toggles(X, X, **(TILE | {name: 0}))
    arguments = {"lanes": 1, "token_depth": 1, "column_tiles": 1}
    name = name.replace("columns", "column_tiles")
    with pytest.raises(InputError, match=f"^{name} must be a positive int, not 0$"):
        count_input_toggles(X, **(arguments | {name: 0}))


@pytest.mark.parametrize(
    ("x", "w", "message"),
    [
        (X.astype(float), X, "x must be an int8 matrix with elements, not float64 (1, 2)"),
        (X[:0], X, "x must be an int8 matrix with elements, not int8 (0, 2)"),
        (X, X[0], "w must be an int8 matrix with elements, not int8 (2,)"),
        (X, X[:, :1], "x must have w's K = 1 columns, not 2"),
        (X, X + np.int8(2), "w must hold -1, 0 and +1, not 2 to 2"),
    ],
)
def test_matrices_are_checked(x: np.ndarray, w: Any, message: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        count_operand_toggles(x, w, **TILE)
