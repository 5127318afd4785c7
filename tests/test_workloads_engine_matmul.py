"""The engine's matmul: every kernel of this machine against the plain loop nest."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workloads.engine.instructions import find_instructions
from workloads.engine.matmul import matmul_packed
from workloads.errors import InputError
from workloads.kernels import MAX_REDUCTION, matmul_reference
from workloads.ternary import TernaryMatrix

# All that this processor offers, then less and less, down to what any processor can do.
INSTRUCTIONS = [find_instructions()]
for extension in ("amx-int8", "avx512vnni", "avx2"):
    if extension in INSTRUCTIONS[-1]:
        INSTRUCTIONS.append(INSTRUCTIONS[-1] - {extension})


def draw(m: int, n: int, k: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.integers(-128, 128, (m, k), np.int8), rng.integers(-1, 2, (n, k), np.int8)


@pytest.mark.parametrize("instructions", INSTRUCTIONS)
@settings(deadline=None, max_examples=60)
@given(
    m=st.integers(1, 70),
    n=st.integers(1, 150),
    k=st.integers(1, 700),
    threads=st.integers(1, 3),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_shape(
    instructions: frozenset[str], m: int, n: int, k: int, threads: int, seed: int
) -> None:
    x, w = draw(m, n, k, seed)
    matrix = TernaryMatrix.from_ternary(w)
    y = matmul_packed(matrix, x, threads=threads, instructions=instructions)
    assert y.dtype == np.int32
    assert y.flags.c_contiguous
    assert np.array_equal(y, matmul_reference(x, w))


@pytest.mark.parametrize("instructions", INSTRUCTIONS)
@pytest.mark.parametrize("m", [1, 33])
@pytest.mark.parametrize("value", [-128, 127])
@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("k", [1, 255, 3200, 8640])
def test_extremes(instructions: frozenset[str], m: int, value: int, sign: int, k: int) -> None:
    x, w = np.full((m, k), value, np.int8), np.full((37, k), sign, np.int8)
    y = matmul_packed(TernaryMatrix.from_ternary(w), x, instructions=instructions)
    assert (y == value * sign * k).all()


@pytest.mark.parametrize("instructions", INSTRUCTIONS)
@pytest.mark.parametrize(("m", "k"), [(1, MAX_REDUCTION), (32, 200_001)])
@pytest.mark.parametrize(("value", "sign"), [(-128, 1), (-128, -1), (127, 1)])
def test_long_reductions(
    instructions: frozenset[str], m: int, k: int, value: int, sign: int
) -> None:
    x, w = np.full((m, k), value, np.int8), np.full((4, k), sign, np.int8)
    y = matmul_packed(TernaryMatrix.from_ternary(w), x, instructions=instructions)
    assert (y == value * sign * k).all()


@pytest.mark.parametrize("instructions", INSTRUCTIONS)
@pytest.mark.parametrize(("m", "n", "k"), [(1, 4099, 300), (150, 530, 64), (40, 130, 9300)])
def test_more_than_one_chunk_batch_or_span(
    instructions: frozenset[str], m: int, n: int, k: int
) -> None:
    x, w = draw(m, n, k, 3)
    matrix = TernaryMatrix.from_ternary(w)
    expected = matmul_reference(x, w)
    for threads in (1, 3):
        y = matmul_packed(matrix, x, threads=threads, instructions=instructions)
        assert np.array_equal(y, expected)


@pytest.mark.parametrize("instructions", INSTRUCTIONS)
@pytest.mark.parametrize("m", [1, 20])
def test_arrays_as_callers_have_them(instructions: frozenset[str], m: int) -> None:
    x, w = draw(2 * m, 9, 140, 8)
    matrix = TernaryMatrix.from_ternary(w)
    expected = matmul_reference(x[::2], w)
    matrix.packed.flags.writeable = False  # a memory map
    for given_x in (x[::2], np.asfortranarray(x)[::2]):
        assert np.array_equal(matmul_packed(matrix, given_x, instructions=instructions), expected)
    assert matmul_packed(matrix, x[:0], instructions=instructions).shape == (0, 9)


def test_errors() -> None:
    x, w = draw(2, 4, 8, 0)
    matrix = TernaryMatrix.from_ternary(w)
    with pytest.raises(InputError, match=r"^x must be an int8 matrix, not int64 \(2, 8\)$"):
        matmul_packed(matrix, x.astype(np.int64))
    with pytest.raises(InputError, match=r"^x must have w's K = 8 columns, not 7$"):
        matmul_packed(matrix, x[:, :7])
    with pytest.raises(InputError, match=r"^threads must be a positive int, not 0$"):
        matmul_packed(matrix, x, threads=0)
