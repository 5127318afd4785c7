"""Few tokens on AVX-512 VNNI: as `gemv_avx2`, with 64 columns and sums of 32 bits at once.

`vpdpbusd` adds four products of an unsigned and a signed byte to 32 bits, so codes may stay where
they are, up to 64 times their value, and nothing is shifted or widened on the way.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types

from workloads.compilation import Array, kernel
from workloads.engine.lowering import Vector, add_atomically, call, fetch, intrinsic, point
from workloads.engine.threads import share

_CHUNK_BYTES = 1 << 16  # packed bytes that a thread takes at a time
_BYTES, _INTS = Vector(64, 8), Vector(16, 32)
_STEP = 64  # columns in a vector
# Columns summed before the shift: 2**16 products of at most 128 * (2 << 6) are 2**30.
_BLOCK = 1 << 16
_AHEAD = 8192  # bytes between what is fetched and what is used


def multiply(threads: int, packed: Array, x: Array, y: Array) -> None:
    """packed uint8[R, K], x int8[M, K] to y int32[M, N], all in C order."""
    rows = max(1, _CHUNK_BYTES // packed.shape[1])
    share(threads, -(-len(packed) // rows), _multiply, rows, packed, x, y)


@kernel
def _multiply(counters: Array, chunk: int, packed: Array, x: Array, y: Array) -> None:
    """Compute `multiply`, `chunk` packed rows at a time."""
    packed_rows, columns = packed.shape
    sums = np.empty(len(x), np.int32)
    for m in range(len(x)):
        total = np.int32(0)
        for k in range(columns):
            total = np.int32(total + np.int32(x[m, k]))
        sums[m] = total
    while True:
        first = add_atomically(counters, 0, 1) * chunk
        if first >= packed_rows:
            return
        for r in range(first, min(first + chunk, packed_rows)):
            for m in range(len(x)):
                dots = _dot(packed, r, x, m)
                for slot in range(4):
                    if r + slot * packed_rows < y.shape[1]:
                        y[m, r + slot * packed_rows] = dots[slot] - sums[m]
        add_atomically(counters, 1, 1)


@kernel
def _dot(packed: Array, r: int, x: Array, m: int) -> Any:
    """x[m] times the codes of the four rows in packed[r]."""
    columns = x.shape[1]
    codes_at, x_at = r * columns, m * columns
    whole = columns - columns % _STEP
    s0 = s1 = s2 = s3 = np.int32(0)
    for start in range(0, whole, _BLOCK):
        a0 = a1 = a2 = a3 = _zeros()
        for k in range(start, min(start + _BLOCK, whole), _STEP):
            fetch(packed, codes_at + k + _AHEAD)
            codes, values = _load(packed, codes_at + k), _load(x, x_at + k)
            a0 = _multiply_add(a0, codes, 3, values)
            a1 = _multiply_add(a1, codes, 12, values)
            a2 = _multiply_add(a2, codes, 48, values)
            a3 = _multiply_add(a3, codes, 192, values)
        s0, s1 = np.int32(s0 + _sum(a0)), np.int32(s1 + (_sum(a1) >> 2))
        s2, s3 = np.int32(s2 + (_sum(a2) >> 4)), np.int32(s3 + (_sum(a3) >> 6))
    for k in range(whole, columns):
        code, value = np.int32(packed[r, k]), np.int32(x[m, k])
        s0 = np.int32(s0 + (code & 3) * value)
        s1 = np.int32(s1 + (code >> 2 & 3) * value)
        s2 = np.int32(s2 + (code >> 4 & 3) * value)
        s3 = np.int32(s3 + (code >> 6) * value)
    return s0, s1, s2, s3


@intrinsic
def _load(typing_context: Any, array: Any, offset: Any) -> Any:
    """64 bytes, `offset` behind the first of an array."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, offset = arguments
        pointer = point(context, builder, signature.args[0], array, offset, _BYTES.llvm)
        return builder.load(pointer, align=1)

    return _BYTES(array, types.intp), generate


@intrinsic
def _zeros(typing_context: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _INTS.splat(0)

    return _INTS(), generate


@intrinsic
def _multiply_add(typing_context: Any, sums: Any, codes: Any, bits: Any, values: Any) -> Any:
    """Add to each lane four products of a signed byte and the given bits of a byte of codes."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        sums, codes, _, values = arguments
        masked = builder.and_(codes, _BYTES.splat(bits.literal_value))
        lanes = [builder.bitcast(operand, _INTS.llvm) for operand in (masked, values)]
        return call(builder, "llvm.x86.avx512.vpdpbusd.512", _INTS.llvm, sums, *lanes)

    return _INTS(_INTS, _BYTES, bits, _BYTES), generate


@intrinsic
def _sum(typing_context: Any, sums: Any) -> Any:
    """Sum of the sixteen lanes."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return call(builder, "llvm.vector.reduce.add.v16i32", ir.IntType(32), arguments[0])

    return types.int32(_INTS), generate
