"""What the machine can do at most, measured beside the engine: reads and int8 multiply-adds."""

import time
from typing import Any

import numpy as np

from workloads.compilation import Array, kernel
from workloads.engine.gemv_avx2 import (
    _BYTES,
    _SHORTS,
    _load,
    _multiply_add,
    _sum,
    _zeros,
)
from workloads.engine.lowering import add_atomically, fetch, intrinsic
from workloads.engine.threads import share

CHUNK, AHEAD = 1 << 16, 1 << 13  # bytes


def read_memory(threads: int, memory: Array) -> None:
    """Read uint8 `memory`, a multiple of 128 of them, as fast as can be, for a sum."""
    share(threads, -(-memory.size // CHUNK), _read, memory, np.zeros(8, np.int64))


def multiply_add_rate() -> float:
    """Return int8 multiply-adds a second of one thread, `vpmaddubsw` and `vpaddw` from cache."""
    values = np.ones(4096, np.uint8)
    repeats = 20_000
    started = time.thread_time()
    _multiply_adds(values, repeats)
    return float(values.size * repeats / (time.thread_time() - started))


@kernel
def _read(counters: Array, memory: Array, sums: Array) -> None:
    while True:
        first = add_atomically(counters, 0, 1) * CHUNK
        if first >= memory.size:
            return
        s0 = s1 = s2 = s3 = _zeros()
        for at in range(first, min(first + CHUNK, memory.size), 128):
            fetch(memory, at + AHEAD)
            fetch(memory, at + 64 + AHEAD)
            s0, s1 = _add(s0, _load(memory, at)), _add(s1, _load(memory, at + 32))
            s2, s3 = _add(s2, _load(memory, at + 64)), _add(s3, _load(memory, at + 96))
        sums[first // CHUNK % 8] ^= _sum(s0) ^ _sum(s1) ^ _sum(s2) ^ _sum(s3)
        add_atomically(counters, 1, 1)


@intrinsic
def _add(typing_context: Any, sums: Any, values: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.add(arguments[0], builder.bitcast(arguments[1], _SHORTS.llvm))

    return _SHORTS(_SHORTS, _BYTES), generate


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
    low = _sum(s0) + _sum(s1) + _sum(s2) + _sum(s3)
    return low + _sum(s4) + _sum(s5) + _sum(s6) + _sum(s7)
