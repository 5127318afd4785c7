"""What the machine can do at most, measured beside the engine.

Reads of memory, int8 multiply-adds, and vectors from the first-level cache, which tables need.
"""

import time
from typing import Any

import numpy as np

from workloads.compilation import Array, kernel
from workloads.engine.gemv_avx2 import (
    _BYTES,
    _SHORTS,
    _load,
    _multiply_add,
    _wide_zeros,
    _widen,
    _zeros,
)
from workloads.engine.gemv_sums import add_lanes
from workloads.engine.lowering import fetch, intrinsic
from workloads.engine.memory import allocate
from workloads.engine.tasks import task, vector
from workloads.engine.threads import share

CHUNK, AHEAD = 1 << 20, 1 << 13  # bytes


def read_memory(threads: int, memory: Array) -> None:
    """Read uint8 `memory`, a multiple of 128 of them, as fast as can be, for a sum."""
    share(threads, -(-memory.size // CHUNK), _read, memory, np.zeros(threads, np.int64))


def multiply_add_rate() -> float:
    """Return int8 multiply-adds a second of one thread, `vpmaddubsw` and `vpaddw` from cache."""
    values = np.ones(4096, np.uint8)
    repeats = 20_000
    started = time.thread_time()
    _multiply_adds(values, repeats)
    return float(values.size * repeats / (time.thread_time() - started))


def load_rate() -> float:
    """Return how many vectors of 32 bytes one thread adds up in a second, from cache."""
    values = allocate((8192,), np.uint8)
    values[:] = 1
    repeats = 20_000
    started = time.thread_time()
    _loads(values, repeats)
    return float(values.size // 32 * repeats / (time.thread_time() - started))


@task
def _read(call: Any, worker: int, chunk: int) -> None:
    memory, sums = vector(call, 0, np.uint8), vector(call, 1, np.int64)
    first = chunk * CHUNK
    s0 = s1 = s2 = s3 = _zeros()
    for at in range(first, min(first + CHUNK, memory.size), 128):
        fetch(memory, at + AHEAD)
        fetch(memory, at + 64 + AHEAD)
        s0, s1 = _add(s0, _load(memory, at)), _add(s1, _load(memory, at + 32))
        s2, s3 = _add(s2, _load(memory, at + 64)), _add(s3, _load(memory, at + 96))
    sums[worker] ^= _total(s0, s1, s2, s3)


@kernel
def _total(s0: Any, s1: Any, s2: Any, s3: Any) -> int:
    """Sum of all lanes, so that nothing before is left out."""
    nothing = _wide_zeros()
    a, b, c, d = add_lanes(
        _widen(nothing, s0), _widen(nothing, s1), _widen(nothing, s2), _widen(nothing, s3)
    )
    return int(a + b + c + d)


@intrinsic
def _add(typing_context: Any, sums: Any, values: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.add(arguments[0], builder.bitcast(arguments[1], _SHORTS.llvm))

    return _SHORTS(_SHORTS, _BYTES), generate


@kernel
def _loads(values: Array, repeats: int) -> int:
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = _zeros()
    for _ in range(repeats):
        for k in range(0, values.size, 256):
            s0, s1 = _add(s0, _load(values, k)), _add(s1, _load(values, k + 32))
            s2, s3 = _add(s2, _load(values, k + 64)), _add(s3, _load(values, k + 96))
            s4, s5 = _add(s4, _load(values, k + 128)), _add(s5, _load(values, k + 160))
            s6, s7 = _add(s6, _load(values, k + 192)), _add(s7, _load(values, k + 224))
    return _total(s0, s1, s2, s3) + _total(s4, s5, s6, s7)


@kernel
def _multiply_adds(values: Array, repeats: int) -> int:
    """`values` uint8, a multiple of 256 of them, times themselves as often as told."""
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = _zeros()
    codes = _load(values, 0)
    for _ in range(repeats):
        for k in range(0, values.size, 256):
            s0 = _multiply_add(s0, codes, _load(values, k))
            s1 = _multiply_add(s1, codes, _load(values, k + 32))
            s2 = _multiply_add(s2, codes, _load(values, k + 64))
            s3 = _multiply_add(s3, codes, _load(values, k + 96))
            s4 = _multiply_add(s4, codes, _load(values, k + 128))
            s5 = _multiply_add(s5, codes, _load(values, k + 160))
            s6 = _multiply_add(s6, codes, _load(values, k + 192))
            s7 = _multiply_add(s7, codes, _load(values, k + 224))
    return _total(s0, s1, s2, s3) + _total(s4, s5, s6, s7)
