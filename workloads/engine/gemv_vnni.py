"""Few tokens on AVX-512 VNNI: as `gemv_avx2`, with 64 columns and sums of 32 bits at once.

`vpdpbusd` adds four products of an unsigned and a signed byte to 32 bits, so codes may stay where
they are, up to 64 times their value, and nothing is shifted or widened on the way.
"""

from typing import Any

import numpy as np
from numba.core import types

from workloads.compilation import Array, kernel
from workloads.engine.gemv_rows import add_rest, put, share_rows, take_rows
from workloads.engine.gemv_sums import add_lanes
from workloads.engine.lowering import Vector, call, fetch, intrinsic, point
from workloads.engine.tasks import task

_BYTES, _INTS = Vector(64, 8), Vector(16, 32)
_STEP = 64  # columns in a vector
# Columns summed before the shift: 2**16 products of at most 128 * (2 << 6) are 2**30.
_BLOCK = 1 << 16
_AHEAD = 8192  # bytes between what is fetched and what is used


def multiply(threads: int, packed: Array, x: Array, y: Array) -> None:
    """packed uint8[R, K], x int8[M, K] to y int32[M, N], all in C order."""
    share_rows(threads, _multiply, packed, x, y)


@task
def _multiply(call: Any, worker: int, chunk: int) -> None:
    first, last, packed, x, sums, y = take_rows(call, chunk)
    for r in range(first, last):
        for m in range(len(x)):
            put(y, m, r, len(packed), _dot(packed, r, x, m), sums[m])


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
        d0, d1, d2, d3 = add_lanes(a0, a1, a2, a3)
        s0, s1 = np.int32(s0 + d0), np.int32(s1 + (d1 >> 2))
        s2, s3 = np.int32(s2 + (d2 >> 4)), np.int32(s3 + (d3 >> 6))
    return add_rest(packed, r, x, m, whole, (s0, s1, s2, s3))


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
