"""The portable kernel, as Python executes it: the loops are what the compiled one computes."""

import numpy as np
import pytest

from workloads.engine import gemv_portable
from workloads.kernels import matmul_reference
from workloads.ternary import TernaryMatrix


@pytest.mark.parametrize(("m", "n", "k"), [(1, 4, 1), (2, 7, 11), (3, 9, 20)])
def test_interpreted(m: int, n: int, k: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(k)
    x, w = rng.integers(-128, 128, (m, k), np.int8), rng.integers(-1, 2, (n, k), np.int8)
    y = np.zeros((m, n), np.int32)
    monkeypatch.setattr(gemv_portable, "_dot", gemv_portable._dot.py_func)
    monkeypatch.setattr(gemv_portable, "_BLOCK", 8)  # so that some K take more than one
    packed = TernaryMatrix.from_ternary(w).packed
    sums = x.sum(axis=1, dtype=np.int32)
    gemv_portable.multiply_rows.py_func(0, len(packed), packed, x, sums, y)
    assert np.array_equal(y, matmul_reference(x, w))
