"""Many tokens on any processor: sums of four columns, looked up instead of multiplied.

For 32 tokens and four columns of x there are 81 sums of +x, 0 and -x. They are tabulated once; then
a row of w needs a vector add, or two, for its four codes, whose base-3 index costs no more than its
share among all tokens. Four tables stay in the first-level cache while all rows pass.

A sum has a magnitude of at most 4 * 128; the 56 that a block of 224 columns adds stay within 28672,
in 16 bits. After a block they are widened to int32.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from workloads.compilation import Array, kernel
from workloads.engine.gemm_places import BLOCK, TABLES, find_places
from workloads.engine.gemm_sums import (
    TOKENS,
    add,
    add_wide,
    load,
    load_entry,
    store,
    subtract,
)
from workloads.engine.memory import allocate
from workloads.engine.tasks import cube, matrix, task
from workloads.engine.threads import share

_ENTRIES = 81
_PACKED_ROWS = 512  # at most, whose indices and sums stay in a second-level cache
_GROUPS = BLOCK // 4 // TABLES  # of tables, in a block


def multiply(threads: int, packed: Array, x: Array, y: Array) -> None:
    """packed uint8[R, K], x int8[M, K] to y int32[M, N], all in C order."""
    chunks = threads * -(-len(packed) // (threads * _PACKED_ROWS))
    chunk = -(-len(packed) // chunks)
    columns, rows = _arrange(x), 4 * chunk
    places = allocate((threads * _GROUPS, rows, TABLES), np.uint16)
    tables = allocate((threads, TABLES * _ENTRIES * TOKENS), np.int16)
    sums = allocate((threads, rows * TOKENS), np.int16)
    totals = allocate((threads, len(columns) * rows * TOKENS), np.int32)
    scratch = places, tables, sums, totals
    share(threads, -(-len(packed) // chunk), _multiply, packed, columns, y, *scratch)


def _arrange(x: NDArray[np.int8]) -> NDArray[np.int16]:
    """Return x int8[M, K] as int16[ceil(M / 32), K + 32, 32], with zeros where x ends."""
    m, k = x.shape
    columns = allocate((-(-m // TOKENS), k + 32, TOKENS), np.int16)
    for block, part in enumerate(columns):
        rows = x[block * TOKENS : (block + 1) * TOKENS]
        part[:k, : len(rows)] = rows.T
        part[k:] = 0
        part[:, len(rows) :] = 0
    return columns


@task
def _multiply(call: Any, worker: int, chunk: int) -> None:
    packed, columns = matrix(call, 0, np.uint8), cube(call, 1, np.int16)
    places, tables = cube(call, 3, np.uint16), matrix(call, 4, np.int16)[worker]
    sums, totals = matrix(call, 5, np.int16)[worker], matrix(call, 6, np.int32)[worker]
    places = places[worker * _GROUPS : (worker + 1) * _GROUPS]
    rows = places.shape[1] // 4
    first = chunk * rows
    last = min(first + rows, len(packed))
    y = matrix(call, 2, np.int32)
    _multiply_rows(first, last, packed, columns, y, places, tables, sums, totals)


@kernel
def _multiply_rows(
    first: int,
    last: int,
    packed: Array,
    columns: Array,
    y: Array,
    places: Array,
    tables: Array,
    sums: Array,
    totals: Array,
) -> None:
    """Compute `multiply` for packed rows `first` to `last`, from arranged columns."""
    packed_rows, k_size = packed.shape
    rows = places.shape[1]
    sums[:] = 0
    totals[:] = 0
    for k in range(0, k_size, BLOCK):
        width = min(BLOCK, k_size - k)
        quarter = 8 * ((width + 31) // 32)
        find_places(packed, first, last, k, quarter, places)
        for t in range(len(columns)):
            for group in range(quarter // TABLES):
                for j in range(TABLES):
                    _tabulate(columns[t], k + TABLES * group + j, quarter, tables, j)
                _look_up(places[group], tables, sums)
            _widen(sums, totals, t * rows, rows)
    for slot in range(4):
        _write(totals, slot * rows // 4, rows, y, slot * packed_rows + first, last - first)


@kernel
def _tabulate(columns: Array, k: int, quarter: int, tables: Array, j: int) -> None:
    """Table j: entry c0 + 3 c1 + 9 c2 + 27 c3 is the sum of (ci - 1) times column k + i quarter."""
    x0, x1 = load(columns, k), load(columns, k + quarter)
    x2, x3 = load(columns, k + 2 * quarter), load(columns, k + 3 * quarter)
    at = j * _ENTRIES
    y3 = subtract(subtract(x3, x3), x3)
    for _ in range(3):
        y2 = subtract(y3, x2)
        for _ in range(3):
            y1 = subtract(y2, x1)
            for _ in range(3):
                store(tables, at, subtract(y1, x0))
                store(tables, at + 1, y1)
                store(tables, at + 2, add(y1, x0))
                y1 = add(y1, x1)
                at += 3
            y2 = add(y2, x2)
        y3 = add(y3, x3)


@kernel
def _look_up(places: Array, tables: Array, sums: Array) -> None:
    """Add the entries of the tables to the sums of each row."""
    for row in range(len(places)):
        total = load(sums, row)
        for j in range(TABLES):
            total = add(total, load_entry(tables, j * _ENTRIES, np.intp(places[row, j])))
        store(sums, row, total)


@kernel
def _widen(sums: Array, totals: Array, to: int, rows: int) -> None:
    """Add the sums to the totals and clear them."""
    for row in range(rows):
        add_wide(totals, to + row, load(sums, row))
    sums[:] = 0


@kernel
def _write(totals: Array, start: int, rows: int, y: Array, n: int, count: int) -> None:
    """Put the totals of `count` rows from `start` into columns n and following of y."""
    for m in range(len(y)):
        at = (m // TOKENS * rows + start) * TOKENS + m % TOKENS
        for i in range(min(count, y.shape[1] - n)):
            y[m, n + i] = totals[at + i * TOKENS]
