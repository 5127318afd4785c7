"""One matmul on the compiled RTL: every output and the cycle count compared.

The reference for outputs is `workloads.kernels.matmul_reference`, a plain loop nest; that for
cycles is `hwsim.cycles.count_cycles`.
"""

from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from hwsim.certificate import MatmulCheck
from hwsim.cycles import count_cycles
from rtl.compiled import CompiledArray
from rtl.config import ArrayConfig
from rtl.tiling import WeightTiles, pack_weight_bytes
from rtl.waves import WaveFormat
from workloads.kernels import matmul_reference
from workloads.progress import Report, report_nothing
from workloads.ternary import TernaryMatrix
from workloads.trace_format import hash_result


class MatmulChecker:
    """Executes matmuls on one compiled array.

    Parameters
    ----------
    config : the array; it is built when its library is not in the cache.
    report : told that it is being built.
    waves : format of the files that `array.record` is to write, if any.

    Raises InputError if no compiler is found.
    """

    def __init__(
        self,
        config: ArrayConfig,
        report: Report = report_nothing,
        waves: WaveFormat | None = None,
    ) -> None:
        self.config = config
        self.array = CompiledArray(config, waves=waves, progress=lambda text: report(0.0, text))
        self._held: tuple[TernaryMatrix, NDArray[np.int8], WeightTiles] | None = None

    def check(
        self,
        x: NDArray[np.int8],
        weight: TernaryMatrix,
        *,
        result: NDArray[np.int32] | None = None,
        result_sha256: str | None = None,
    ) -> MatmulCheck:
        """Run x int8[M, K] by w[N, K] and compare.

        If the engine's `result` int32[M, N], or the SHA-256 of it, is given, the reference must
        agree with that too; otherwise all outputs of the matmul count as mismatched.
        """
        w, tiles = self._prepare(weight)
        reference = matmul_reference(x, w)
        predicted = count_cycles(self.config, len(x), *w.shape)
        started = perf_counter()
        run = self.array.run_tiles(x, tiles)
        seconds = perf_counter() - started
        bent = run.error or (result is not None and not np.array_equal(result, reference))
        bent |= result_sha256 is not None and hash_result(reference) != result_sha256
        return MatmulCheck(
            outputs=run.y.size,
            mismatched_outputs=run.y.size if bent else int(np.count_nonzero(run.y != reference)),
            predicted_cycles=predicted.cycles,
            simulated_cycles=run.cycles,
            lane_operations=predicted.lane_operations,
            seconds=seconds,
        )

    def _prepare(self, weight: TernaryMatrix) -> tuple[NDArray[np.int8], WeightTiles]:
        # One matrix at a time: matmuls that are sorted by weight unpack and pack each once.
        if self._held is None or self._held[0] is not weight:
            self._held = None
            tiles = pack_weight_bytes(weight.packed, weight.rows, self.config)
            self._held = weight, weight.unpack(), tiles
        return self._held[1:]
