"""The float kernels, compiled and interpreted, against their definitions in NumPy."""

from collections.abc import Callable

import numpy as np
import pytest

from workloads.layers import (
    apply_head,
    attend,
    compute_rotations,
    gate_relu2,
    gate_silu,
    normalize,
    rotate,
)

CLOSE = 1e-12  # float64 sums in another order


def draw(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).normal(0, 1, shape)


def both(kernel: Callable[..., np.ndarray]) -> list[Callable[..., np.ndarray]]:
    return [kernel, kernel.py_func]  # type: ignore[attr-defined]


@pytest.mark.parametrize("kernel", both(normalize))
def test_normalize(kernel: Callable[..., np.ndarray]) -> None:
    x, weight = draw(3, 17), draw(17)
    expected = x / np.sqrt((x**2).mean(axis=1, keepdims=True) + 1e-5) * weight
    np.testing.assert_allclose(kernel(x, weight, 1e-5), expected, rtol=CLOSE)
    assert kernel(np.array([[3.0, 4.0]]), np.ones(2), 0.0)[0] * np.sqrt(12.5) == pytest.approx(
        [3, 4]
    )


def test_rotations_by_hand() -> None:
    cos, sin = compute_rotations(range(3), 4, 100.0)
    angles = [[0.0, 0.0], [1.0, 0.1], [2.0, 0.2]]  # position * 100**(-2i / 4)
    np.testing.assert_allclose(cos, np.cos(angles), rtol=1e-15)
    np.testing.assert_allclose(sin, np.sin(angles), rtol=1e-15)


def test_rotations_do_not_depend_on_their_neighbours() -> None:
    cos, sin = compute_rotations(range(300), 64, 10000.0)
    for start, stop in ((0, 1), (7, 8), (5, 299), (299, 300)):
        part = compute_rotations(range(start, stop), 64, 10000.0)
        assert np.array_equal(part[0], cos[start:stop]) and np.array_equal(part[1], sin[start:stop])


@pytest.mark.parametrize("kernel", [rotate, rotate.py_func])
def test_rotate_turns_pairs(kernel: Callable[..., None]) -> None:
    x = draw(5, 3, 8)
    cos, sin = compute_rotations(range(5), 8, 10000.0)
    turns = (x[..., :4] + 1j * x[..., 4:]) * (cos + 1j * sin)[:, None]
    turned = x.copy()
    kernel(turned, cos, sin)
    np.testing.assert_allclose(turned[..., :4], turns.real, rtol=CLOSE)
    np.testing.assert_allclose(turned[..., 4:], turns.imag, rtol=CLOSE)


@pytest.mark.parametrize("kernel", both(attend))
@pytest.mark.parametrize(("tokens", "position"), [(1, 0), (1, 6), (7, 0), (3, 5)])
def test_attend(kernel: Callable[..., np.ndarray], tokens: int, position: int) -> None:
    queries, keys, values = draw(tokens, 4, 6), draw(2, 12, 6), draw(2, 12, 6) + 1
    out = kernel(queries, keys, values, position)
    for m in range(tokens):
        for h in range(4):
            seen = position + m + 1
            scores = keys[h // 2, :seen] @ queries[m, h] / np.sqrt(6)
            shares = np.exp(scores) / np.exp(scores).sum()
            np.testing.assert_allclose(out[m, h], shares @ values[h // 2, :seen], rtol=1e-11)


def test_attend_with_large_scores() -> None:
    queries = np.full((1, 1, 2), 1e3)
    keys = np.array([[[1e3, 1e3], [-1e3, -1e3]]])
    values = np.array([[[5.0, 6.0], [7.0, 8.0]]])
    assert attend(queries, keys, values, 1).tolist() == [[[5.0, 6.0]]]


@pytest.mark.parametrize("kernel", both(gate_relu2))
def test_gate_relu2(kernel: Callable[..., np.ndarray]) -> None:
    gate, up = np.array([[2.0, -3.0, 0.0]]), np.array([[5.0, 7.0, 9.0]])
    assert kernel(gate, up).tolist() == [[20.0, 0.0, 0.0]]


@pytest.mark.parametrize("kernel", both(gate_silu))
def test_gate_silu(kernel: Callable[..., np.ndarray]) -> None:
    gate, up = draw(2, 9), draw(2, 9) + 2
    np.testing.assert_allclose(kernel(gate, up), gate / (1 + np.exp(-gate)) * up, rtol=CLOSE)


@pytest.mark.parametrize("kernel", both(apply_head))
@pytest.mark.parametrize("words", [1, 4, 11])
def test_apply_head(kernel: Callable[..., np.ndarray], words: int) -> None:
    x, head = draw(3, 10), draw(words, 10).astype(np.float32)
    np.testing.assert_allclose(kernel(x, head), x @ head.T.astype(np.float64), rtol=1e-10)


def test_a_row_does_not_depend_on_the_others() -> None:
    x, weight, head = draw(9, 65), draw(65), draw(31, 65).astype(np.float32)
    queries, keys, values = draw(9, 4, 14), draw(2, 20, 14), draw(2, 20, 14)
    for m in range(9):
        row = slice(m, m + 1)
        assert np.array_equal(normalize(x[row], weight, 1e-5), normalize(x, weight, 1e-5)[row])
        assert np.array_equal(apply_head(x[row], head), apply_head(x, head)[row])
        alone = attend(queries[row], keys, values, 3 + m)
        assert np.array_equal(alone, attend(queries, keys, values, 3)[row])
