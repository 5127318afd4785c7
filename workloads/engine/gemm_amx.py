"""Many tokens on AMX: tiles of codes times tiles of tokens.

A tile of codes is 16 rows of w by 64 columns, unpacked from 64 bytes of 16 packed rows; those hold
four such tiles. While the unit multiplies, the next 16 packed rows are unpacked. A product of tiles
is 16 rows by 16 tokens, in int32 from the start: it is exact for every K that int32 can hold. As a
code is w + 1, the sum of x is subtracted when the product is turned over into y.
"""

from typing import Any

import numpy as np

from workloads.compilation import Array, kernel
from workloads.engine.amx_arrangement import arrange, write
from workloads.engine.amx_codes import unpack, unpack_rows
from workloads.engine.amx_tiles import (
    STEP,
    TILE,
    TILES,
    clear,
    configure,
    load_tile,
    multiply_add,
    release,
    store_tile,
)
from workloads.engine.memory import allocate
from workloads.engine.tasks import cube, matrix, number, task, vector
from workloads.engine.threads import share

TOKENS = 32  # that two tiles hold
_STRIP = 16  # packed rows that are unpacked at once
_SPAN = 72  # steps of which codes and tokens stay in a second-level cache
_GROUP = 8  # strips whose results are written at once, to whole lines and few pages


def multiply(threads: int, packed: Array, x: Array, y: Array) -> None:
    """packed uint8[R, K], x int8[M, K] to y int32[M, N], all in C order."""
    strips = -(-len(packed) // _STRIP)
    rows = -(-strips // (4 * threads)) * _STRIP
    tokens, sums = arrange(x)
    blocks, steps = tokens.shape[:2]
    span = -(-steps // -(-steps // _SPAN))
    codes = allocate((threads, 8 * span * TILE), np.uint8)
    products = allocate((threads, _GROUP * blocks * TILE), np.int32)
    arguments = packed, tokens, sums, y, TILES, codes, products, rows, span
    share(threads, -(-len(packed) // rows), _multiply, *arguments)


@task
def _multiply(call: Any, worker: int, chunk: int) -> None:
    packed, tokens, sums = (
        matrix(call, 0, np.uint8),
        cube(call, 1, np.int32),
        matrix(call, 2, np.int32),
    )
    y, tiles = matrix(call, 3, np.int32), vector(call, 4, np.uint8)
    codes, products = matrix(call, 5, np.uint8)[worker], matrix(call, 6, np.int32)[worker]
    rows, span = number(call, 7), number(call, 8)
    first = chunk * rows
    last = min(first + rows, len(packed))
    configure(tiles)
    _multiply_rows(first, last, span, packed, tokens, sums, y, codes, products)
    release()


@kernel
def _multiply_rows(
    first: int,
    last: int,
    span: int,
    packed: Array,
    tokens: Array,
    sums: Array,
    y: Array,
    codes: Array,
    product: Array,
) -> None:
    """Compute `multiply` for packed rows `first` to `last`, `span` steps at a time."""
    blocks, steps = tokens.shape[:2]
    for start in range(0, steps, span):
        stop = min(start + span, steps)
        offsets = sums[0] if start == 0 else sums[1]
        now, following = 0, 4 * span * TILE
        unpack_rows(packed, first, min(first + _STRIP, last), start, stop, codes, now, span, 0)
        done = first  # rows that are in y
        for r in range(first, last, _STRIP):
            coming = min(_STRIP, last - r - _STRIP)
            # A turn is two slots by two blocks of tokens, and its share of the next strip.
            for turn in range(blocks):
                begin, end = turn * _STRIP // blocks, (turn + 1) * _STRIP // blocks
                _multiply_tiles(
                    codes,
                    now + turn % 2 * 2 * span * TILE,
                    span,
                    tokens,
                    turn // 2 * 2,
                    start,
                    stop,
                    product,
                    ((r - done) // _STRIP * blocks + turn) * 4 * TILE,
                    packed,
                    r + _STRIP,
                    begin,
                    min(end, coming),
                    following,
                )
            end = min(r + _STRIP, last)
            if end == min(done + _GROUP * _STRIP, last):
                write(product, blocks, done, end, offsets, y, len(packed), start > 0)
                done = end
            now, following = following, now


@kernel
def _multiply_tiles(
    codes: Array,
    codes_at: int,
    span: int,
    tokens: Array,
    block: int,
    start: int,
    stop: int,
    product: Array,
    product_at: int,
    packed: Array,
    strip: int,
    begin: int,
    end: int,
    following: int,
) -> None:
    """Two tiles of codes by two of tokens, steps `start` to `stop`, to four tiles in `product`.

    Meanwhile rows `begin` to `end` of packed row `strip` on are unpacked.
    """
    columns = packed.shape[1]
    to_second = tokens.shape[1] * TILE
    tokens_at = block * to_second + start * TILE
    clear(0)
    clear(1)
    clear(2)
    clear(3)
    for at in range(0, (stop - start) * TILE, TILE):
        load_tile(4, codes, codes_at + at)
        load_tile(6, tokens, tokens_at + at)
        multiply_add(0, 4, 6)
        load_tile(7, tokens, tokens_at + to_second + at)
        multiply_add(1, 4, 7)
        load_tile(5, codes, codes_at + span * TILE + at)
        multiply_add(2, 5, 6)
        multiply_add(3, 5, 7)
        k = start * STEP + at // TILE * STEP
        if k + STEP <= columns:
            for row in range(begin, end):
                place = (strip + row) * columns + k
                unpack(packed, place, codes, following + at + row * STEP, span * TILE)
    if columns < stop * STEP:
        first, last = strip + begin, strip + end
        to = following + (stop - 1 - start) * TILE
        unpack_rows(packed, first, last, stop - 1, stop, codes, to, span, begin)
    store_tile(0, product, product_at)
    store_tile(1, product, product_at + TILE)
    store_tile(2, product, product_at + 2 * TILE)
    store_tile(3, product, product_at + 3 * TILE)
