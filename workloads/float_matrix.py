"""Float matrices as files hold them, widened block by block: a whole one never exists in float32.

Files hold F32, F16 or BF16. A BF16 is the upper half of a float32 and is kept as its uint16 bits.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workloads.engine.widening import widen_bfloats, widen_halves

_BLOCK_ELEMENTS = 1 << 18  # 1 MiB of float32, which stays in a core's cache
_SMALL_ELEMENTS = 1 << 22


def widen(stored: NDArray[Any]) -> NDArray[np.float32]:
    """Return float32 values, exact of float32, float16, or the uint16 bits of BF16."""
    # A kernel takes aligned arrays only, a file may lay them elsewhere.
    if not (stored.flags.aligned and stored.flags.c_contiguous):
        stored = stored.copy()
    if stored.dtype not in (np.uint16, np.float16):
        return stored.astype(np.float32, copy=False)
    widened = np.empty(stored.shape, np.float32)
    fill = widen_bfloats if stored.dtype == np.uint16 else widen_halves
    fill(stored.view(np.uint16).reshape(-1), widened.reshape(-1))
    return widened


def split_rows(rows: int, columns: int) -> Iterator[slice]:
    """Yield slices of rows, a multiple of four each but the last, that make up a block."""
    size = max(4, _BLOCK_ELEMENTS // columns // 4 * 4)
    for start in range(0, rows, size):
        yield slice(start, min(start + size, rows))


class FloatMatrix:
    """A matrix[R, H] that stays in its file.

    Parameters
    ----------
    stored : float32, float16 or uint16 (BF16) [R, H]; may be a read-only memory map.
    """

    def __init__(self, stored: NDArray[Any]) -> None:
        self.stored = stored
        self.shape = stored.shape

    def __getitem__(self, rows: Any) -> NDArray[np.float32]:
        return widen(self.stored[rows])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self[:], dtype)

    def blocks(self) -> Iterator[tuple[slice, NDArray[np.float32]]]:
        """Yield (rows, their float32 values) of blocks that make up the matrix."""
        small = self.stored.size <= _SMALL_ELEMENTS
        for rows in split_rows(*self.shape):
            yield rows, self._widened[rows] if small else self[rows]

    @cached_property
    def _widened(self) -> NDArray[np.float32]:
        return self[:]
