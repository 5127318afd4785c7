"""The activation quantiser, against hand-worked cases and the formula in NumPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workloads.errors import InputError
from workloads.quantizer import _quantize_rows, quantize_activations


def by_formula(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    x = x.astype(np.float32)
    largest = np.abs(x).max(axis=1, keepdims=True)
    s = np.float32(127) * (np.float32(1) / np.maximum(largest, np.float32(1e-5)))
    return np.clip(np.round(x * s), -128, 127).astype(np.int8), s[:, 0]


def test_by_hand() -> None:
    q, s = quantize_activations(np.array([[2.0, -1.0, 0.5, 0.0], [-4.0, 4.0, 1.0, 0.25]]))
    # 127 / 2 = 63.5: 127, -63.5 to -64 (even), 31.75 to 32; 127 / 4 = 31.75: -127, 127, 31.75, 7.94
    assert q.tolist() == [[127, -64, 32, 0], [-127, 127, 32, 8]]
    assert s.tolist() == [63.5, 31.75]
    assert (q.dtype, s.dtype) == (np.int8, np.float32)


def test_ties_go_to_even() -> None:
    q, s = quantize_activations(np.array([[127.0, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5]]))
    assert s.tolist() == [1.0]
    assert q.tolist() == [[127, 0, 2, 2, 0, -2, -2]]


def test_a_tiny_token_is_clamped() -> None:
    q, s = quantize_activations(np.array([[1e-6, -1e-6], [0.0, 0.0]]))
    assert s.tolist() == [np.float32(127) * (1 / np.float32(1e-5))] * 2
    assert q.tolist() == [[13, -13], [0, 0]]


def test_input_is_rounded_to_float32_first() -> None:
    x = np.array([[1.0, 0.5 / 127 + 1e-12]])
    assert quantize_activations(x)[0].tolist() == by_formula(x)[0].tolist()


@pytest.mark.parametrize("kernel", [_quantize_rows, _quantize_rows.py_func])
def test_kernel_over_magnitudes(kernel: object) -> None:
    rng = np.random.default_rng(3)
    x = (rng.normal(0, 1, (40, 33)) * 10.0 ** rng.integers(-30, 30, (40, 1))).astype(np.float32)
    q, s = np.empty(x.shape, np.int8), np.empty(40, np.float32)
    assert kernel(x, q, s) == -1  # type: ignore[operator]
    expected_q, expected_s = by_formula(x)
    assert np.array_equal(q, expected_q)
    assert np.array_equal(s, expected_s)


@settings(deadline=None, max_examples=50)
@given(m=st.integers(1, 9), k=st.integers(1, 70), seed=st.integers(0, 2**32 - 1))
def test_any_shape(m: int, k: int, seed: int) -> None:
    x = np.random.default_rng(seed).standard_cauchy((m, k))
    q, s = quantize_activations(x)
    expected_q, expected_s = by_formula(x)
    assert np.array_equal(q, expected_q)
    assert np.array_equal(s, expected_s)
    assert np.array_equal(quantize_activations(np.asfortranarray(x))[0], q)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e39])
def test_infinite_values_are_refused(bad: float) -> None:
    x = np.ones((3, 20))
    x[1, 17] = bad
    with pytest.raises(
        InputError, match=r"^x must be finite in float32, not infinite or NaN as in row 1$"
    ):
        quantize_activations(x)


@pytest.mark.parametrize("shape", [(3,), (0, 4), (2, 0)])
def test_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="x must be a matrix with elements, not of shape"):
        quantize_activations(np.zeros(shape))
