"""A model's ternary matmuls on the compiled RTL instead of the engine."""

import numpy as np
from numpy.typing import NDArray

from rtl.compiled import CompiledArray
from rtl.config import ArrayConfig
from rtl.tiling import WeightTiles, pack_weight_bytes
from workloads.errors import ToolError
from workloads.progress import Report, report_nothing
from workloads.ternary import TernaryMatrix


class RtlBackend:
    """A matmul backend of `workloads.model.Model` that runs every matmul on one array.

    Parameters
    ----------
    config : the array; it is built when its library is not in the cache.
    report : told that it is being built.

    Attributes
    ----------
    cycles : of all matmuls so far, one after the other, as the array's counter told.
    matmuls : how many.

    Raises InputError if no compiler is found.
    """

    def __init__(self, config: ArrayConfig, report: Report = report_nothing) -> None:
        self.config = config
        self.cycles = 0
        self.matmuls = 0
        self._array = CompiledArray(config, progress=lambda text: report(0.0, text))
        self._tiles: dict[int, tuple[TernaryMatrix, WeightTiles]] = {}  # by identity, held

    def __call__(self, weight: TernaryMatrix, x: NDArray[np.int8]) -> NDArray[np.int32]:
        """Return y[M, N] = x[M, K] @ w[N, K].T as int32, exact.

        Raises InputError for a K beyond the accumulator, ToolError if the array breaks its
        specification.
        """
        run = self._array.run_tiles(x, self._pack(weight))
        if run.error:
            raise ToolError("the array found an illegal weight code that is not there")
        self.cycles += run.cycles
        self.matmuls += 1
        return run.y

    def _pack(self, weight: TernaryMatrix) -> WeightTiles:
        if id(weight) not in self._tiles:
            tiles = pack_weight_bytes(weight.packed, weight.rows, self.config)
            self._tiles[id(weight)] = weight, tiles
        return self._tiles[id(weight)][1]
