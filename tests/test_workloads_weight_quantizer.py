"""Masters made ternary, against cases worked by hand and the definition in one line of NumPy."""

from typing import Any

import numpy as np
import pytest

from workloads.errors import InputError
from workloads.weight_quantizer import quantize_weights


def test_quantize_by_hand() -> None:
    # mean|W| = (0.5 + 1.5 + 0.4 + 0) / 4 = 0.6; W / 0.6 = 0.83, -2.5, 0.67, 0
    weight, scale = quantize_weights(np.array([[0.5, -1.5], [0.4, 0.0]]))
    assert weight.unpack().tolist() == [[1, -1], [1, 0]]
    assert (scale.dtype, scale) == (np.float32, np.float32(0.6))


def test_quantize_rounds_half_to_even() -> None:
    # mean|W| = 1, so W / mean = W: 0.5 and -0.5 go to 0, 1.5 to 2 and so to 1
    weight, scale = quantize_weights(np.array([[0.5, -0.5, 1.5, -1.5]]))
    assert weight.unpack().tolist() == [[0, 0, 1, -1]]
    assert scale == 1


def test_quantize_clamps_the_mean_of_tiny_weights() -> None:
    weight, scale = quantize_weights(np.full((2, 2), 1e-7))
    assert scale == np.float32(1e-5)
    assert weight.zeros == 4


def test_quantize_mean_is_the_rounded_exact_mean() -> None:
    weights = np.random.default_rng(0).normal(0, 1, (300, 500)).astype(np.float32)
    _, scale = quantize_weights(weights)
    assert scale == np.float32(np.mean(np.abs(weights.astype(np.float64))))


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.zeros(3), r"weights must be a matrix with elements, not of shape \(3,\)"),
        (np.zeros((0, 3)), r"weights must be a matrix with elements, not of shape \(0, 3\)"),
        (np.array([[np.nan]]), "weights must be finite, not infinite or NaN"),
        (np.array([[np.inf]]), "weights must be finite, not infinite or NaN"),
    ],
)
def test_quantize_refuses(weights: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        quantize_weights(weights)


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (4, 7), (1030, 700), (5, 300000)])
@pytest.mark.parametrize("dtype", ["<f4", "<f2", "bf16"])
def test_blocks_follow_the_definition(shape: tuple[int, int], dtype: str) -> None:
    values = np.random.default_rng(shape[0]).normal(0, 0.02, shape).astype("<f4")
    stored: np.ndarray[Any, Any] = values.astype("<f2" if dtype == "<f2" else "<f4")
    if dtype == "bf16":
        stored = (values.view("<u4") >> 16).astype("<u2")
        values = (stored.astype("<u4") << 16).view("<f4")
    else:
        values = stored.astype("<f4")
    weight, scale = quantize_weights(stored)
    assert scale == np.float32(np.abs(values).astype(np.float64).mean())
    expected = np.clip(np.rint(values * (np.float32(1) / scale)), -1, 1)
    assert np.array_equal(weight.unpack(), expected)
