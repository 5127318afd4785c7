"""The plain matmuls: compiled, interpreted, and NumPy in int64, at the extremes and at random."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workloads.errors import InputError
from workloads.kernels import (
    MAX_REDUCTION,
    _matmul_reference,
    matmul_numpy,
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
    assert matmul_reference(x, w).tolist() == [[-2, 0], [-133, 6]]


@settings(deadline=None, max_examples=80)
@given(
    m=st.integers(1, 7), n=st.integers(1, 21), k=st.integers(1, 150), seed=st.integers(0, 2**32 - 1)
)
def test_both_agree_on_any_shape(m: int, n: int, k: int, seed: int) -> None:
    x, w = draw(m, n, k, seed)
    expected = exact(x, w)
    for y in (matmul_reference(x, w), matmul_numpy(TernaryMatrix.from_ternary(w), x)):
        assert y.dtype == np.int32
        assert np.array_equal(y, expected)


@pytest.mark.parametrize("m", [1, 2, 5])
def test_interpreted_kernel(m: int) -> None:
    x, w = draw(m, 6, 11, m)
    y = np.empty((m, 6), np.int32)
    _matmul_reference.py_func(x, w, y)
    assert np.array_equal(y, exact(x, w))


@pytest.mark.parametrize("value", [-128, 127])
@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("k", [1, 255, 8640])
def test_extremes(value: int, sign: int, k: int) -> None:
    x, w = np.full((3, k), value, np.int8), np.full((5, k), sign, np.int8)
    assert (matmul_reference(x, w) == value * sign * k).all()


def test_arrays_without_contiguous_rows() -> None:
    x, w = draw(6, 9, 40, 8)
    assert np.array_equal(matmul_reference(np.asfortranarray(x)[::2], w), exact(x[::2], w))


def test_errors() -> None:
    x, w = draw(2, 4, 8, 0)
    matrix = TernaryMatrix.from_ternary(w)
    with pytest.raises(InputError, match=r"^x must be an int8 matrix, not int64 \(2, 8\)$"):
        matmul_numpy(matrix, x.astype(np.int64))
    with pytest.raises(InputError, match=r"^w must be an int8 matrix, not int8 \(8,\)$"):
        matmul_reference(x, w[0])
    with pytest.raises(InputError, match=r"^x must have w's K = 8 columns, not 7$"):
        matmul_numpy(matrix, x[:, :7])
    with pytest.raises(InputError, match=r"^x must have w's K = 8 columns, not 7$"):
        matmul_reference(x[:, :7], w)
    long = np.zeros((1, MAX_REDUCTION + 1), np.int8)
    with pytest.raises(InputError, match=f"^K must be at most {MAX_REDUCTION}, not "):
        matmul_reference(long, long)
