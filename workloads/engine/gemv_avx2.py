"""Few tokens on AVX2: multiply-adds of packed codes as they lie in memory.

32 bytes of a packed row are 32 columns of four rows of w, so one vector of x serves four
`vpmaddubsw`, and nothing is repacked. The codes of rows r + R and r + 3R stay two bits higher, at 4
times their value; the sums are shifted instead. As a code is w + 1, the sum of x is subtracted.

A 16-bit lane receives two products of a code of at most 8 and an int8: -2048 to 2032. After sixteen
vectors, 512 columns, it holds -32768 to 32512; then the lanes are widened to int32.
"""

from typing import Any

from numba.core import types

from workloads.compilation import Array, kernel
from workloads.engine.gemv_rows import add_rest, put, share_rows, take_rows
from workloads.engine.gemv_sums import add_lanes
from workloads.engine.lowering import Vector, call, fetch, intrinsic, point
from workloads.engine.tasks import task

_BYTES, _SHORTS, _INTS = Vector(32, 8), Vector(16, 16), Vector(8, 32)
_LINE = 64  # bytes that are fetched at once, two vectors
_BLOCK = 16 * 32  # columns before 16-bit lanes could overflow
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
    whole = columns - columns % _LINE
    t0 = t1 = t2 = t3 = _wide_zeros()
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
        t0, t1, t2, t3 = _widen(t0, a0), _widen(t1, a1), _widen(t2, a2), _widen(t3, a3)
    s0, s1, s2, s3 = add_lanes(t0, _quarter(t1), t2, _quarter(t3))
    return add_rest(packed, r, x, m, whole, (s0, s1, s2, s3))


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
def _wide_zeros(typing_context: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _INTS.splat(0)

    return _INTS(), generate


@intrinsic
def _widen(typing_context: Any, totals: Any, sums: Any) -> Any:
    """Add pairs of lanes of 16 bits to lanes of 32 bits."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        totals, sums = arguments
        pairs = call(builder, "llvm.x86.avx2.pmadd.wd", _INTS.llvm, sums, _SHORTS.splat(1))
        return builder.add(totals, pairs)

    return _INTS(_INTS, _SHORTS), generate


@intrinsic
def _quarter(typing_context: Any, totals: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ashr(arguments[0], _INTS.splat(2))

    return _INTS(_INTS), generate
