"""Few tokens on AVX2: multiply-adds of packed codes as they lie in memory.

32 bytes of a packed row are 32 columns of four rows of w, so one vector of x serves four
`vpmaddubsw`, and nothing is repacked. The codes of rows r + R and r + 3R stay two bits higher, at 4
times their value; the sum is shifted instead. As a code is w + 1, the sum of x is subtracted.

A 16-bit lane receives two products of a code of at most 8 and an int8: -2048 to 2032. After sixteen
vectors, 512 columns, it holds -32768 to 32512; then the lanes are widened to int32.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types

from workloads.compilation import Array, kernel
from workloads.engine.lowering import Vector, add_atomically, call, fetch, intrinsic, point
from workloads.engine.threads import share

_CHUNK_BYTES = 1 << 16  # packed bytes that a thread takes at a time
_BYTES, _SHORTS, _INTS = Vector(32, 8), Vector(16, 16), Vector(8, 32)
_LINE = 64  # bytes that are fetched at once, two vectors
_BLOCK = 16 * 32  # columns before 16-bit lanes could overflow
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
    whole = columns - columns % _LINE
    s0 = s1 = s2 = s3 = np.int32(0)
    for start in range(0, whole, _BLOCK):
        a0 = a1 = a2 = a3 = _zeros()
        for k in range(start, min(start + _BLOCK, whole), _LINE):
            fetch(packed, codes_at + k + _AHEAD)
            for half in (0, _LINE // 2):
                codes, values = _load(packed, codes_at + k + half), _load(x, x_at + k + half)
                upper = _shift_by_4(codes)
                a0 = _multiply_add(a0, _mask(codes, 3), values)
                a1 = _multiply_add(a1, _mask(codes, 12), values)
                a2 = _multiply_add(a2, _mask(upper, 3), values)
                a3 = _multiply_add(a3, _mask(upper, 12), values)
        s0, s1 = np.int32(s0 + _sum(a0)), np.int32(s1 + (_sum(a1) >> 2))
        s2, s3 = np.int32(s2 + _sum(a2)), np.int32(s3 + (_sum(a3) >> 2))
    for k in range(whole, columns):
        code, value = np.int32(packed[r, k]), np.int32(x[m, k])
        s0 = np.int32(s0 + (code & 3) * value)
        s1 = np.int32(s1 + (code >> 2 & 3) * value)
        s2 = np.int32(s2 + (code >> 4 & 3) * value)
        s3 = np.int32(s3 + (code >> 6) * value)
    return s0, s1, s2, s3


@intrinsic
def _load(typing_context: Any, array: Any, offset: Any) -> Any:
    """32 bytes, `offset` behind the first of an array."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, offset = arguments
        pointer = point(context, builder, signature.args[0], array, offset, _BYTES.llvm)
        return builder.load(pointer, align=1)

    return _BYTES(array, types.intp), generate


@intrinsic
def _mask(typing_context: Any, codes: Any, bits: Any) -> Any:
    """Clear all bits of a byte but `bits`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.and_(arguments[0], _BYTES.splat(bits.literal_value))

    return _BYTES(_BYTES, bits), generate


@intrinsic
def _shift_by_4(typing_context: Any, codes: Any) -> Any:
    """Shift right by 4; the upper bits of a byte come from its neighbour and are masked later."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        shorts = builder.bitcast(arguments[0], _SHORTS.llvm)
        return builder.bitcast(builder.lshr(shorts, _SHORTS.splat(4)), _BYTES.llvm)

    return _BYTES(_BYTES), generate


@intrinsic
def _zeros(typing_context: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _SHORTS.splat(0)

    return _SHORTS(), generate


@intrinsic
def _multiply_add(typing_context: Any, sums: Any, codes: Any, values: Any) -> Any:
    """Add to each lane two products of an unsigned and a signed byte."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        sums, codes, values = arguments
        products = call(builder, "llvm.x86.avx2.pmadd.ub.sw", _SHORTS.llvm, codes, values)
        return builder.add(sums, products)

    return _SHORTS(_SHORTS, _BYTES, _BYTES), generate


@intrinsic
def _sum(typing_context: Any, sums: Any) -> Any:
    """Sum of the sixteen lanes, in 32 bits."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        ones = _SHORTS.splat(1)
        pairs = call(builder, "llvm.x86.avx2.pmadd.wd", _INTS.llvm, arguments[0], ones)
        return call(builder, "llvm.vector.reduce.add.v8i32", ir.IntType(32), pairs)

    return types.int32(_SHORTS), generate
