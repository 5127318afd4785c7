"""The array's Verilog as a shared library that runs whole matmuls: every output and every cycle, no Python per cycle.

    emit_verilog -> Verilator -> g++ with rtl/driver.cpp -> user cache -> ctypes

The library is built once for a configuration (about 20 s) and then found by its content (`rtl/library.py`).
"""

import ctypes
import weakref
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from rtl.config import ArrayConfig
from rtl.library import Progress, find_library
from rtl.tiling import WeightTiles, pack_weights, pad_activations
from rtl.verilog import emit_verilog
from workloads.errors import InputError, require_int

#: The streams the driver can hold back, in the order of the C structures.
STREAMS = ("weights", "activations", "results")
MAX_COUNT = 65535  # of tokens, column tiles, lane tiles: 16 bits each in the command


class ArrayError(RuntimeError):
    """The array broke its specification: it hung, lost beats or miscounted its cycles."""


@dataclass(frozen=True, kw_only=True)
class Stalls:
    """Random cycles in which the driver holds a stream back, as a slow memory or a busy consumer would.

    Attributes
    ----------
    weights, activations : probability, 0 to 0.99, that a beat that waits is not offered in a cycle.
    results : probability, 0 to 0.99, that results are not accepted in a cycle.
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
        """Refuse what would never end; raises InputError."""
        for stream in STREAMS:
            probability = getattr(self, stream)
            if not 0 <= probability <= 0.99:
                raise InputError(f"{stream} must be a probability from 0 to 0.99, not {probability!r}")
        require_int("seed", self.seed, 0, 2**32 - 1)


@dataclass(frozen=True, kw_only=True)
class MatmulRun:
    """What the array made of one matmul.

    Attributes
    ----------
    y : int32 [M, N].
    cycles : from the command to the last result, as the specification counts them.
    error : the array's output of this name: a tile held an illegal weight code.
    stall_cycles : by stream, the cycles in which the driver held back a beat that could have moved on.
    """

    y: NDArray[np.int32]
    cycles: int
    error: bool
    stall_cycles: dict[str, int]


class _Matmul(ctypes.Structure):
    """`Matmul` of rtl/driver.cpp."""

    _fields_ = (
        *((name, ctypes.c_uint64) for name in ("tokens", "features", "column_tiles", "lane_tiles")),
        *((name, ctypes.c_void_p) for name in ("weights", "activations", "results")),
        ("seed", ctypes.c_uint64),
        ("stall_odds", ctypes.c_uint64 * len(STREAMS)),
    )


class _Outcome(ctypes.Structure):
    """`Outcome` of rtl/driver.cpp."""

    _fields_ = (
        ("cycles", ctypes.c_uint64),
        ("counted_cycles", ctypes.c_uint64),
        ("stall_cycles", ctypes.c_uint64 * len(STREAMS)),
        ("error", ctypes.c_uint64),
        ("finished", ctypes.c_uint64),
    )


class CompiledArray:
    """The array of `config`, simulated cycle by cycle from its Verilog; one call at a time.

    Parameters
    ----------
    config : the array.
    progress : called with one line before the array is built, the first time only.

    Raises
    ------
    InputError : no C++ compiler, or a cache folder that cannot be written.

    Examples
    --------
    >>> with CompiledArray(ArrayConfig(lanes=64, columns=64)) as array:  # doctest: +SKIP
    ...     run = array.run(x, w)
    """

    def __init__(self, config: ArrayConfig, *, progress: Progress | None = None) -> None:
        self.config = config
        defines = {
            "LANES": config.lanes,
            "COLUMNS": config.columns,
            "TOKEN_DEPTH": config.token_depth,
            "ACCUMULATOR_WIDTH": config.accumulator_width,
            "WEIGHT_BUS_BITS": config.weight_bus_bits,
        }
        library = ctypes.CDLL(str(find_library(emit_verilog(config), defines, progress)))
        library.array_create.restype = ctypes.c_void_p
        library.array_destroy.argtypes = [ctypes.c_void_p]
        library.array_run.argtypes = [ctypes.c_void_p, ctypes.POINTER(_Matmul), ctypes.POINTER(_Outcome)]
        library.array_destroy.restype = library.array_run.restype = None
        self._run = library.array_run
        self._handle = library.array_create()
        self._destroy = weakref.finalize(self, library.array_destroy, self._handle)

    def close(self) -> None:
        """Free the simulated array. Also done when the object is collected; a second call does nothing."""
        self._destroy()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def run(self, x: NDArray[np.int8], w: NDArray[np.int8], stalls: Stalls | None = None) -> MatmulRun:
        """Run y[M, N] = x[M, K] @ w[N, K].T, x int8, w int8 in {-1, 0, +1}; raises as `run_tiles`."""
        return self.run_tiles(x, pack_weights(w, self.config), stalls)

    def run_tiles(self, x: NDArray[np.int8], tiles: WeightTiles, stalls: Stalls | None = None) -> MatmulRun:
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
        column_tiles, lane_tiles, _ = tiles.words.shape
        job = _Matmul(
            tokens=len(x),
            features=tiles.n,
            column_tiles=column_tiles,
            lane_tiles=lane_tiles,
            weights=tiles.words.ctypes.data,
            activations=padded.ctypes.data,
            results=y.ctypes.data,
            seed=stalls.seed,
            stall_odds=tuple(int(getattr(stalls, stream) * 2**32) for stream in STREAMS),
        )
        outcome = _Outcome()
        self._run(self._handle, job, outcome)
        if not outcome.finished:
            raise ArrayError(f"the array did not finish: nothing moved after cycle {outcome.cycles}")
        if outcome.counted_cycles != outcome.cycles:
            raise ArrayError(f"the array counted {outcome.counted_cycles} cycles, not {outcome.cycles}")
        return MatmulRun(
            y=y,
            cycles=outcome.cycles,
            error=bool(outcome.error),
            stall_cycles=dict(zip(STREAMS, outcome.stall_cycles, strict=True)),
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
        for name, count in zip(("M", "column tiles", "lane tiles"), (len(x), *tiles.words.shape[:2]), strict=True):
            require_int(name, count, 1, MAX_COUNT)
