"""Packed weights, against cases worked by hand and loops over bits."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workloads.errors import InputError
from workloads.ternary import TernaryMatrix, pack, unpack


def test_pack_by_hand() -> None:
    # R = 2: byte 0 has rows 0, 2, 4, 6, byte 1 rows 1, 3, 5, 7; codes w + 1
    w = np.array([[-1], [0], [1], [1], [0], [-1], [1], [0]])
    assert pack(w).tolist() == [[0 | 2 << 2 | 1 << 4 | 2 << 6], [1 | 2 << 2 | 0 << 4 | 1 << 6]]


def test_pack_pads_with_code_zero() -> None:
    assert pack(np.array([[1, 1]])).tolist() == [[2, 2]]
    assert pack(np.ones((5, 1), np.int8)).tolist() == [[2 | 2 << 2 | 2 << 4], [2 | 2 << 2]]


@pytest.mark.parametrize(
    ("w", "message"),
    [
        (np.zeros(4), r"ternary must be a matrix with elements, not of shape \(4,\)"),
        (np.array([[2, 0]]), "ternary must hold -1, 0 and [+]1, not 0 to 2"),
        (np.array([[-2, 0]]), "ternary must hold -1, 0 and [+]1, not -2 to 0"),
    ],
)
def test_pack_refuses(w: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        pack(w)


@settings(deadline=None, max_examples=60)
@given(rows=st.integers(1, 23), columns=st.integers(1, 19), seed=st.integers(0, 2**32 - 1))
def test_pack_and_unpack_agree_with_a_loop(rows: int, columns: int, seed: int) -> None:
    w = np.random.default_rng(seed).integers(-1, 2, (rows, columns))
    packed = pack(w)
    packed_rows = len(packed)
    for n in range(rows):
        for k in range(columns):
            code = packed[n % packed_rows, k] >> 2 * (n // packed_rows) & 3
            assert code == w[n, k] + 1
    assert np.array_equal(unpack(packed, rows), w)
    matrix = TernaryMatrix(packed=packed, rows=rows)
    assert matrix.zeros == np.count_nonzero(w == 0)
    assert matrix.shape == (rows, columns)


@pytest.mark.parametrize("code", [0, 1, 2])
def test_zeros_in_padding_are_not_counted(code: int) -> None:
    packed = pack(np.zeros((7, 3), np.int8))
    packed[1] |= np.uint8(code << 6)  # row 7, which is padding
    assert TernaryMatrix(packed=packed, rows=7).zeros == 21


def test_handle() -> None:
    w = np.array([[1, 0, -1], [0, 0, 1]], np.int8)
    matrix = TernaryMatrix.from_ternary(w)
    assert matrix.zero_fraction == 0.5
    assert matrix.sha256 == hashlib.sha256(bytes(matrix.packed.tolist()[0])).hexdigest()
    assert np.array_equal(matrix.unpack(), w)
    assert matrix.unpack().dtype == np.int8


def test_a_large_matrix_is_counted_in_chunks() -> None:
    w = np.random.default_rng(1).integers(-1, 2, (1030, 1031)).astype(np.int8)
    assert TernaryMatrix.from_ternary(w).zeros == np.count_nonzero(w == 0)


@pytest.mark.parametrize(("row", "column"), [(0, 0), (9, 6), (17, 0), (18, 3), (299, 1999)])
def test_code_3_is_refused_with_its_position(row: int, column: int) -> None:
    packed = pack(np.zeros((300, 2000), np.int8))
    packed[row % 75, column] |= 3 << 2 * (row // 75)
    with pytest.raises(
        InputError,
        match=f"^packed must hold codes 0 to 2, not code 3 at row {row}, column {column}$",
    ):
        TernaryMatrix(packed=packed, rows=300)


@pytest.mark.parametrize(
    ("packed", "rows", "message"),
    [
        (np.zeros((1, 2), np.int8), 4, r"packed must be a uint8 matrix, not int8 \(1, 2\)"),
        (np.zeros(2, np.uint8), 4, r"packed must be a uint8 matrix, not uint8 \(2,\)"),
        (np.zeros((2, 2), np.uint8), 4, "packed must have 1 rows to hold 4 of w, not 2"),
        (np.zeros((1, 2), np.uint8), 0, "rows must be a positive int, not 0"),
    ],
)
def test_handle_refuses(packed: np.ndarray, rows: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        TernaryMatrix(packed=packed, rows=rows)
