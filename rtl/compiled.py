"""The array's Verilog, compiled: runs whole matmuls, every output and every cycle.

    emit_verilog -> Verilator -> C++ compiler, with rtl/driver.cpp -> cache -> ctypes

The driver feeds the streams and counts the cycles in C++; no Python runs per cycle.
"""

import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from rtl.config import ArrayConfig
from rtl.driver import STREAMS, Matmul, Outcome, load_driver
from rtl.library import Progress, find_library, find_verilog
from rtl.tiling import WeightTiles, pack_weights, pad_activations
from rtl.waves import WaveFormat
from workloads.errors import InputError, ToolError, require_int
from workloads.files import write_file

#: The largest number of tokens, column tiles or lane tiles: a command has 16 bits for each.
MAX_COUNT = 2**16 - 1


class ArrayError(ToolError):
    """The array broke its specification: it stopped, lost beats or miscounted its cycles."""


@dataclass(frozen=True, kw_only=True)
class Stalls:
    """Random cycles in which a stream is held back, as by a slow memory or a busy consumer.

    Attributes
    ----------
    weights, activations : probability, 0 to 0.99, that the next beat is not offered in a cycle.
    results : probability, 0 to 0.99, that no result is accepted in a cycle.
    seed : 0 to 2**32 - 1; the same seed gives the same stalls.

    Raises
    ------
    InputError : a value outside its range.
    """

    weights: float = 0.0
    activations: float = 0.0
    results: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what is no probability or would hardly end; raises InputError."""
        for stream in STREAMS:
            odds = getattr(self, stream)
            if not 0 <= odds <= 0.99:
                raise InputError(f"{stream} must be a probability from 0 to 0.99, not {odds!r}")
        require_int("seed", self.seed, 0, 2**32 - 1)


@dataclass(frozen=True, kw_only=True)
class MatmulRun:
    """What the array made of one matmul.

    Attributes
    ----------
    y : int32 [M, N].
    cycles : from the command to the last result, as the specification counts them.
    error : the array's output of this name: a tile had an illegal weight code.
    stall_cycles : by stream, the cycles in which the array would have taken a beat that the
        driver withheld, or in which the driver refused a result.
    fold_stall_cycles : uint32 [folds], those of the weights of each fold.
    """

    y: NDArray[np.int32]
    cycles: int
    error: bool
    stall_cycles: dict[str, int]
    fold_stall_cycles: NDArray[np.uint32]


class CompiledArray:
    """The array of `config`, simulated cycle by cycle from its Verilog; one call at a time.

    Parameters
    ----------
    config : the array.
    waves : format of the files that `record` writes, if it is to be called; the array is slower.
    progress : called with one line before each slow step, which the cache spares the next time.

    Attributes
    ----------
    verilog, library : Path
        The files in the cache from which this array runs.

    Raises
    ------
    InputError : no C++ compiler, or a cache folder that cannot be written.

    Examples
    --------
    ::

        with CompiledArray(ArrayConfig(lanes=64, columns=64)) as array:
            run = array.run(x, w)
    """

    def __init__(
        self,
        config: ArrayConfig,
        *,
        waves: WaveFormat | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.config = config
        self.verilog = find_verilog(config, progress)
        self.library = find_library(config, progress, waves)
        self._driver = driver = load_driver(self.library)
        self._run = driver.array_run
        self._array = driver.array_create()
        self._destroy = weakref.finalize(self, driver.array_destroy, self._array)

    def close(self) -> None:
        """Free the simulated array, as its collection would; a second call does nothing."""
        self._destroy()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def record(self, path: Path, *, overwrite: bool = False) -> Iterator[None]:
        """Write all signals to `path`, from a reset on, while the block runs.

        Times are those of the configured clock: a cycle begins with its falling edge, at which
        inputs change, and registers change at the rising edge in its middle.

        Raises InputError if the file exists and not `overwrite`, or cannot be written; needs
        `waves`.
        """
        half_period_ps = max(1, round(5e5 / self.config.clock_mhz))
        with write_file(path, overwrite=overwrite, name="waves") as aside:
            self._driver.array_open_waves(self._array, os.fsencode(aside), half_period_ps)
            try:
                yield
            finally:
                self._driver.array_close_waves(self._array)

    def run(
        self, x: NDArray[np.int8], w: NDArray[np.int8], stalls: Stalls | None = None
    ) -> MatmulRun:
        """Run y[M, N] = x[M, K] @ w[N, K].T, w in {-1, 0, +1}; raises as `run_tiles` does."""
        return self.run_tiles(x, pack_weights(w, self.config), stalls)

    def run_tiles(
        self, x: NDArray[np.int8], tiles: WeightTiles, stalls: Stalls | None = None
    ) -> MatmulRun:
        """Run a matmul whose weights are packed already (`rtl/tiling.py`).

        Raises
        ------
        InputError : operands that do not fit each other or the array.
        ArrayError : the array broke its specification.
        """
        padded = pad_activations(x, self.config)
        self._check(x, tiles)
        stalls = stalls or Stalls()
        y = np.empty((len(x), tiles.n), np.int32)
        column_tiles, lane_tiles = tiles.words.shape[:2]
        strips = -(-column_tiles // self.config.strip_depth)
        fold_stalls = np.zeros(
            -(-len(x) // self.config.token_depth) * strips * lane_tiles, np.uint32
        )
        job = Matmul(
            tokens=len(x),
            features=tiles.n,
            column_tiles=column_tiles,
            lane_tiles=lane_tiles,
            weights=tiles.words.ctypes.data,
            activations=padded.ctypes.data,
            results=y.ctypes.data,
            fold_stalls=fold_stalls.ctypes.data,
            seed=stalls.seed,
            stall_odds=tuple(int(getattr(stalls, stream) * 2**32) for stream in STREAMS),
        )
        outcome = Outcome()
        self._run(self._array, job, outcome)
        if not outcome.finished:
            raise ArrayError(f"the array stopped or lost beats in cycle {outcome.cycles}")
        if outcome.counted_cycles != outcome.cycles:
            raise ArrayError(
                f"the array counted {outcome.counted_cycles} cycles of {outcome.cycles}"
            )
        return MatmulRun(
            y=y,
            cycles=outcome.cycles,
            error=bool(outcome.error),
            stall_cycles=dict(zip(STREAMS, outcome.stall_cycles, strict=True)),
            fold_stall_cycles=fold_stalls,
        )

    def _check(self, x: NDArray[np.int8], tiles: WeightTiles) -> None:
        if not self._destroy.alive:
            raise InputError("array must be open, not closed")
        if tiles.config != self.config:
            raise InputError(f"tiles must be packed for {self.config}, not for {tiles.config}")
        if x.shape[1] != tiles.k:
            raise InputError(f"x and w must have the same K, not {x.shape[1]} and {tiles.k}")
        if tiles.k > self.config.max_reduction:
            raise InputError(
                f"K must be at most {self.config.max_reduction} for accumulator_width = "
                f"{self.config.accumulator_width}, not {tiles.k}"
            )
        counts = (len(x), *tiles.words.shape[:2])
        for name, count in zip(("M", "column tiles", "lane tiles"), counts, strict=True):
            require_int(name, count, 1, MAX_COUNT)
