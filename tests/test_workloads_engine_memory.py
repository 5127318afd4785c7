"""Memory that begins at a cache line."""

import numpy as np
import pytest

from workloads.engine.memory import allocate


@pytest.mark.parametrize("shape", [(1,), (1, 3), (3, 5, 7), (2, 100_003)])
@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int32])
def test_alignment_and_form(shape: tuple[int, ...], dtype: type) -> None:
    array = allocate(shape, dtype)
    assert array.ctypes.data % 64 == 0
    assert array.shape == shape
    assert array.dtype == dtype
    assert array.flags.c_contiguous
    array[...] = 1
    assert array.sum() == np.prod(shape)
