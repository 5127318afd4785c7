"""Many tokens on any processor: sums of four columns, looked up instead of multiplied.

For 16 tokens and four columns of x there are 81 sums of +x, 0 and -x. They are tabulated once; then
a row of w needs one vector add for its four codes, whose base-3 index costs no more than its share
among all tokens. Eight tables stay in the first-level cache while all rows pass.

A sum has a magnitude of at most 4 * 128; the 56 that a block of 224 columns adds stay within 28672,
in 16 bits. After a block they are widened to int32.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numpy.typing import NDArray

from workloads.compilation import Array, kernel
from workloads.engine.lowering import INT64, Vector, add_atomically, intrinsic, point
from workloads.engine.threads import share

TOKENS = 16
_TABLES = 8
_ENTRIES = 81
_BLOCK = 224  # columns
_PACKED_ROWS = 1024  # at most, whose indices and sums stay in a second-level cache
_GROUPS = _BLOCK // 4 // _TABLES  # of eight tables, in a block
_ENTRY_BYTES = 2 * TOKENS
_BYTES, _SHORTS, _INTS = Vector(32, 8), Vector(TOKENS, 16), Vector(TOKENS, 32)
_EIGHT, _EIGHT_LANES = Vector(_TABLES, 16), ir.VectorType(ir.IntType(32), _TABLES)


def multiply(threads: int, packed: Array, x: Array, y: Array) -> None:
    """packed uint8[R, K], x int8[M, K] to y int32[M, N], all in C order."""
    chunks = threads * -(-len(packed) // (threads * _PACKED_ROWS))
    rows = -(-len(packed) // chunks)
    share(threads, -(-len(packed) // rows), _multiply, rows, packed, _arrange(x), y)


def _arrange(x: NDArray[np.int8]) -> NDArray[np.int16]:
    """Return x int8[M, K] as int16[ceil(M / 16), K + 32, 16], with zeros where x ends."""
    m, k = x.shape
    columns = np.zeros((-(-m // TOKENS), k + 32, TOKENS), np.int16)
    for block, part in enumerate(columns):
        rows = x[block * TOKENS : (block + 1) * TOKENS]
        part[:k, : len(rows)] = rows.T
    return columns


@kernel
def _multiply(counters: Array, chunk: int, packed: Array, columns: Array, y: Array) -> None:
    """Compute `multiply` from arranged columns, `chunk` packed rows at a time."""
    packed_rows, k_size = packed.shape
    blocks = len(columns)
    rows = 4 * chunk
    places = np.zeros((_GROUPS, rows, _TABLES), np.uint16)
    tables = np.empty((_TABLES + 1) * _ENTRIES * TOKENS, np.int16)
    sums = np.zeros(rows * TOKENS, np.int16)
    totals = np.empty(blocks * rows * TOKENS, np.int32)
    while True:
        first = add_atomically(counters, 0, 1) * chunk
        if first >= packed_rows:
            return
        last = min(first + chunk, packed_rows)
        totals[:] = 0
        for k in range(0, k_size, _BLOCK):
            width = min(_BLOCK, k_size - k)
            quarter = 8 * ((width + 31) // 32)
            _find_places(packed, first, last, k, quarter, places)
            for t in range(blocks):
                for group in range(quarter // _TABLES):
                    for j in range(_TABLES):
                        _tabulate(columns[t], k + _TABLES * group + j, quarter, tables, j)
                    _look_up(places[group], tables, sums)
                _widen(sums, totals, t * rows, rows)
        for slot in range(4):
            _write(totals, slot * chunk, rows, y, slot * packed_rows + first, last - first)
        add_atomically(counters, 1, 1)


@kernel
def _find_places(packed: Array, first: int, last: int, k: int, quarter: int, places: Array) -> None:
    """Where tables hold the sums for columns k + i, k + i + quarter, and so on, i below `quarter`.

    places[i // 8, slot rows / 4 + r - first, i % 8], in bytes, for row r + slot R of w.
    """
    rows, size = places.shape[1], packed.shape[1]
    line = np.zeros(_BLOCK + 32, np.uint8)
    for r in range(first, last):
        for at in range(0, quarter, 32):
            groups = min(4, (quarter - at) // _TABLES)
            to = at // _TABLES * rows + r - first
            if k + 3 * quarter + at + 32 <= size:
                _find_rows(packed, r * size + k + at, quarter, places, to, rows, groups)
            else:  # the row may end before what is read does
                for i in range(min(_BLOCK, size - k)):
                    line[i] = packed[r, k + i]
                _find_rows(line, at, quarter, places, to, rows, groups)


@kernel
def _tabulate(columns: Array, k: int, quarter: int, tables: Array, j: int) -> None:
    """Table j: entry c0 + 3 c1 + 9 c2 + 27 c3 is the sum of (ci - 1) times column k + i quarter."""
    x0, x1 = _load(columns, k), _load(columns, k + quarter)
    x2, x3 = _load(columns, k + 2 * quarter), _load(columns, k + 3 * quarter)
    at = j * _ENTRIES
    y3 = _subtract(_subtract(x3, x3), x3)
    for _ in range(3):
        y2 = _subtract(y3, x2)
        for _ in range(3):
            y1 = _subtract(y2, x1)
            for _ in range(3):
                _store(tables, at, _subtract(y1, x0))
                _store(tables, at + 1, y1)
                _store(tables, at + 2, _add(y1, x0))
                y1 = _add(y1, x1)
                at += 3
            y2 = _add(y2, x2)
        y3 = _add(y3, x3)


@kernel
def _look_up(places: Array, tables: Array, sums: Array) -> None:
    """Add eight tables' entries to the sums of each row."""
    for row in range(len(places)):
        total = _load(sums, row)
        for j in range(_TABLES):
            total = _add(total, _load_entry(tables, j * _ENTRIES, np.intp(places[row, j])))
        _store(sums, row, total)


@kernel
def _widen(sums: Array, totals: Array, to: int, rows: int) -> None:
    """Add the sums to the totals and clear them."""
    for row in range(rows):
        _add_wide(totals, to + row, _load(sums, row))
    sums[:] = 0


@kernel
def _write(totals: Array, start: int, rows: int, y: Array, n: int, count: int) -> None:
    """Put the totals of `count` rows from `start` into columns n and following of y."""
    for m in range(len(y)):
        at = (m // TOKENS * rows + start) * TOKENS + m % TOKENS
        for i in range(min(count, y.shape[1] - n)):
            y[m, n + i] = totals[at + i * TOKENS]


def _locate(context: Any, builder: Any, signature: Any, arguments: Any, vector: Vector) -> Any:
    """Pointer to the vector that an array, the first argument, holds at an index, the second."""
    size = INT64(vector.lanes * vector.bits // 8)
    offset = builder.mul(arguments[1], size)
    return point(context, builder, signature.args[0], arguments[0], offset, vector.llvm)


@intrinsic
def _load(typing_context: Any, array: Any, index: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(_locate(context, builder, signature, arguments, _SHORTS), align=2)

    return _SHORTS(array, types.intp), generate


@intrinsic
def _load_entry(typing_context: Any, tables: Any, index: Any, place: Any) -> Any:
    """Entry `place` bytes behind entry `index`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        tables, index, place = arguments
        offset = builder.add(builder.mul(index, INT64(_ENTRY_BYTES)), place)
        pointer = point(context, builder, signature.args[0], tables, offset, _SHORTS.llvm)
        return builder.load(pointer, align=2)

    return _SHORTS(tables, types.intp, types.intp), generate


@intrinsic
def _store(typing_context: Any, array: Any, index: Any, value: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _locate(context, builder, signature, arguments, _SHORTS)
        builder.store(arguments[2], pointer, align=2)
        return context.get_dummy_value()

    return types.void(array, types.intp, _SHORTS), generate


@intrinsic
def _add_wide(typing_context: Any, array: Any, index: Any, value: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _locate(context, builder, signature, arguments, _INTS)
        wide = builder.sext(arguments[2], _INTS.llvm)
        builder.store(builder.add(builder.load(pointer, align=4), wide), pointer, align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, _SHORTS), generate


@intrinsic
def _add(typing_context: Any, left: Any, right: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.add(*arguments)

    return _SHORTS(_SHORTS, _SHORTS), generate


@intrinsic
def _subtract(typing_context: Any, left: Any, right: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.sub(*arguments)

    return _SHORTS(_SHORTS, _SHORTS), generate


@intrinsic
def _find_rows(
    typing_context: Any,
    packed: Any,
    at: Any,
    quarter: Any,
    places: Any,
    to: Any,
    rows: Any,
    groups: Any,
) -> Any:
    """Places for 32 columns from byte `at` on, of four rows of w, as up to four groups of eight."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        packed, at, quarter, places, to, rows, groups = arguments
        codes = []
        for part in range(4):
            offset = builder.add(at, builder.mul(quarter, INT64(part)))
            source = point(context, builder, signature.args[0], packed, offset, _BYTES.llvm)
            codes.append(builder.load(source, align=1))
        slot_rows = builder.lshr(rows, INT64(2))
        for slot in range(4):
            index = _BYTES.splat(0)
            for code in reversed(codes):
                shifted = builder.lshr(code, _BYTES.splat(2 * slot))
                digit = builder.and_(shifted, _BYTES.splat(3))
                index = builder.add(builder.mul(index, _BYTES.splat(3)), digit)
            row = builder.add(to, builder.mul(slot_rows, INT64(slot)))
            for group in range(4):
                wanted = builder.icmp_signed("<", INT64(group), groups)
                with builder.if_then(wanted, likely=True):
                    lanes = ir.Constant(_EIGHT_LANES, list(range(8 * group, 8 * group + 8)))
                    part = builder.shuffle_vector(index, index, lanes)
                    place = builder.mul(builder.zext(part, _EIGHT.llvm), _EIGHT.splat(_ENTRY_BYTES))
                    number = builder.add(row, builder.mul(rows, INT64(group)))
                    offset = builder.mul(number, INT64(2 * _TABLES))
                    target = point(context, builder, signature.args[3], places, offset, _EIGHT.llvm)
                    builder.store(place, target, align=2)
        return context.get_dummy_value()

    numbers = types.intp, types.intp
    return types.void(packed, *numbers, places, *numbers, types.intp), generate
