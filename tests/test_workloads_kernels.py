"""Ternary matmuls: compiled, interpreted, and NumPy in int64, at the extremes and at random."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workloads.errors import InputError
from workloads.kernels import (
    MAX_REDUCTION,
    _dot,
    _dot_two,
    _matmul_packed,
    _matmul_reference,
    _store,
    matmul_numpy,
    matmul_packed,
    matmul_reference,
)
from workloads.ternary import TernaryMatrix


def exact(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    return x.astype(np.int64) @ w.astype(np.int64).T


def draw(m: int, n: int, k: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.integers(-128, 128, (m, k), np.int8), rng.integers(-1, 2, (n, k), np.int8)


def test_by_hand() -> None:
    x = np.array([[1, 2, 3], [-128, 127, 5]], np.int8)
    w = np.array([[1, 0, -1], [-1, -1, 1]], np.int8)
    expected = [[-2, 0], [-133, 6]]
    assert matmul_reference(x, w).tolist() == expected
    assert matmul_packed(TernaryMatrix.from_ternary(w), x).tolist() == expected


@settings(deadline=None, max_examples=80)
@given(
    m=st.integers(1, 7), n=st.integers(1, 21), k=st.integers(1, 150), seed=st.integers(0, 2**32 - 1)
)
def test_all_agree_on_any_shape(m: int, n: int, k: int, seed: int) -> None:
    x, w = draw(m, n, k, seed)
    expected = exact(x, w)
    matrix = TernaryMatrix.from_ternary(w)
    for y in (matmul_reference(x, w), matmul_packed(matrix, x), matmul_numpy(matrix, x)):
        assert y.dtype == np.int32
        assert np.array_equal(y, expected)


@pytest.mark.parametrize("m", [1, 2, 5])
def test_interpreted_kernels(m: int) -> None:
    x, w = draw(m, 6, 11, m)
    y = np.empty((m, 6), np.int32)
    _matmul_reference.py_func(x, w, y)
    assert np.array_equal(y, exact(x, w))
    y[:] = 0
    matrix = TernaryMatrix.from_ternary(w)
    _matmul_packed.py_func(matrix.packed, x, y)
    assert np.array_equal(y, exact(x, w))


def test_interpreted_parts() -> None:
    x, w = draw(2, 8, 13, 5)
    packed = TernaryMatrix.from_ternary(w).packed
    sums = exact(x, w + 1)
    for r in range(2):
        one = [[sums[m, r + 2 * i] << 2 * i for i in range(4)] for m in range(2)]
        assert list(_dot.py_func(packed, r, x, 0)) == one[0]
        assert [list(part) for part in _dot_two.py_func(packed, r, x, 0)] == one
    y = np.zeros((1, 7), np.int32)
    _store.py_func((3, 12, 48, 192), 1, 1, 2, y, 0)
    assert y.tolist() == [[0, 2, 0, 2, 0, 2, 0]]  # row 7 of w does not exist


@pytest.mark.parametrize("value", [-128, 127])
@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("k", [1, 255, 8640])
def test_extremes(value: int, sign: int, k: int) -> None:
    x, w = np.full((3, k), value, np.int8), np.full((5, k), sign, np.int8)
    assert (matmul_reference(x, w) == value * sign * k).all()
    assert (matmul_packed(TernaryMatrix.from_ternary(w), x) == value * sign * k).all()


@pytest.mark.parametrize(("value", "sign"), [(-128, 1), (-128, -1), (127, 1)])
def test_the_longest_reduction_does_not_overflow(value: int, sign: int) -> None:
    x, w = np.full((1, MAX_REDUCTION), value, np.int8), np.full((4, MAX_REDUCTION), sign, np.int8)
    y = matmul_packed(TernaryMatrix.from_ternary(w), x)
    assert (y == value * sign * MAX_REDUCTION).all()


def test_arrays_without_contiguous_rows() -> None:
    x, w = draw(6, 9, 40, 8)
    expected = exact(x[::2], w)
    matrix = TernaryMatrix.from_ternary(w)
    assert np.array_equal(matmul_packed(matrix, x[::2]), expected)
    assert np.array_equal(matmul_reference(np.asfortranarray(x)[::2], w), expected)


def test_errors() -> None:
    x, w = draw(2, 4, 8, 0)
    matrix = TernaryMatrix.from_ternary(w)
    with pytest.raises(InputError, match=r"^x must be an int8 matrix, not int64 \(2, 8\)$"):
        matmul_packed(matrix, x.astype(np.int64))
    with pytest.raises(InputError, match=r"^w must be an int8 matrix, not int8 \(8,\)$"):
        matmul_reference(x, w[0])
    with pytest.raises(InputError, match=r"^x must have w's K = 8 columns, not 7$"):
        matmul_numpy(matrix, x[:, :7])
    with pytest.raises(InputError, match=r"^x must have w's K = 8 columns, not 7$"):
        matmul_reference(x[:, :7], w)
    long = np.zeros((1, MAX_REDUCTION + 1), np.int8)
    with pytest.raises(InputError, match=f"^K must be at most {MAX_REDUCTION}, not "):
        matmul_reference(long, long)
