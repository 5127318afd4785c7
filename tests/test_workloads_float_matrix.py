"""Matrices that stay in their file: every format is widened exactly, in blocks and by rows."""

import numpy as np
import pytest

from workloads.float_matrix import FloatMatrix, split_rows, widen


def make(dtype: str, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return (stored, its values in float64)."""
    values = np.random.default_rng(1).normal(0, 1, shape).astype("<f4")
    if dtype == "bf16":
        stored = (values.view("<u4") >> 16).astype("<u2")
        return stored, (stored.astype("<u4") << 16).view("<f4").astype(np.float64)
    stored = values.astype(dtype)
    return stored, stored.astype(np.float64)


@pytest.mark.parametrize("dtype", ["<f4", "<f2", "bf16"])
@pytest.mark.parametrize("shape", [(1, 1), (7, 3), (2100, 250), (5, 300000), (1030, 4200)])
def test_blocks_are_the_matrix(dtype: str, shape: tuple[int, int]) -> None:
    stored, values = make(dtype, shape)
    matrix = FloatMatrix(stored)
    assert matrix.shape == shape
    seen = np.full(shape, np.nan)
    for rows, block in matrix.blocks():
        assert block.dtype == np.float32 and block.size <= max(1 << 18, 4 * shape[1])
        assert rows.start % 4 == 0
        seen[rows] = block
    assert np.array_equal(seen, values)
    rows = np.array([0, shape[0] - 1, 0])
    assert np.array_equal(matrix[rows], values[rows])
    assert np.array_equal(np.asarray(matrix), values)


def test_widen_bf16_by_hand() -> None:
    stored = np.array([0x3FC0, 0xC000, 0x0001, 0x7F80], np.uint16)
    assert widen(stored).tolist() == [1.5, -2.0, 2.0**-133, float("inf")]


def test_every_float16_is_widened_as_numpy_does() -> None:
    stored = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    widened, expected = widen(stored), stored.astype(np.float32)
    assert np.array_equal(np.isnan(widened), np.isnan(expected))
    numbers = ~np.isnan(expected)
    assert np.array_equal(widened[numbers].view(np.uint32), expected[numbers].view(np.uint32))
    for size in (0, 1, 15, 16, 17, 33):
        assert np.array_equal(widen(stored[:size]), expected[:size])


def test_every_bf16_is_widened() -> None:
    stored = np.arange(1 << 16, dtype=np.uint16)
    assert np.array_equal(widen(stored).view(np.uint32), stored.astype(np.uint32) << 16)


@pytest.mark.parametrize("dtype", ["<f4", "<f2", "bf16"])
def test_what_lies_anywhere_is_widened(dtype: str) -> None:
    stored, values = make(dtype, (6, 21))
    unaligned = np.empty(stored.nbytes + 1, np.uint8)[1:].view(stored.dtype).reshape(stored.shape)
    unaligned[...] = stored
    for array in (unaligned, np.asfortranarray(stored)):
        widened = widen(array)
        assert widened.flags.aligned and widened.flags.c_contiguous
        assert np.array_equal(widened, values)


def test_others_are_rounded() -> None:
    assert widen(np.array([1 / 3, -2.0])).tolist() == [float(np.float32(1 / 3)), -2.0]


def test_split_rows() -> None:
    assert list(split_rows(10, 1 << 16)) == [slice(0, 4), slice(4, 8), slice(8, 10)]
    assert list(split_rows(3, 1)) == [slice(0, 3)]
