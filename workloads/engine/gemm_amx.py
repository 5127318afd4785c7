"""Many tokens on AMX: tiles of codes times tiles of tokens.

A tile of codes is 16 rows of w by 64 columns, unpacked from 64 bytes of 16 packed rows; those hold
four such tiles. While the unit multiplies, the next 16 packed rows are unpacked. A product of tiles
is 16 rows by 16 tokens, in int32 from the start: it is exact for every K that int32 can hold. As a
code is w + 1, the sum of x is subtracted when the product is turned over into y.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numpy.typing import NDArray

from workloads.compilation import Array, kernel
from workloads.engine.lowering import (
    BYTE,
    INT64,
    Vector,
    add_atomically,
    call,
    intrinsic,
    point,
)
from workloads.engine.threads import share

TOKENS = 32  # that two tiles hold
_STRIP = 16  # packed rows that are unpacked at once
_SIDE = 16  # rows of a tile, and int32 in one of its rows
_STEP = 64  # columns in a tile
_TILE = 1024  # bytes
_SPAN = 72  # steps of which codes and tokens stay in a second-level cache
_GROUP = 8  # strips whose results are written at once, to whole lines and few pages
_BYTES, _SHORTS, _INTS = Vector(64, 8), Vector(32, 16), Vector(_SIDE, 32)


def _describe_tiles() -> NDArray[np.uint8]:
    """Palette 1 with eight tiles of 16 rows of 64 bytes, as `ldtilecfg` reads it."""
    description = np.zeros(64, np.uint8)
    description[0] = 1
    description[16:32:2] = _STEP
    description[48:56] = _SIDE
    return description


_TILES = _describe_tiles()


def multiply(threads: int, packed: Array, x: Array, y: Array) -> None:
    """packed uint8[R, K], x int8[M, K] to y int32[M, N], all in C order."""
    strips = -(-len(packed) // _STRIP)
    rows = -(-strips // (4 * threads)) * _STRIP
    tokens, sums = _arrange(x)
    steps = tokens.shape[1]
    spans = -(-steps // _SPAN)
    span = -(-steps // spans)
    share(
        threads,
        -(-len(packed) // rows),
        _multiply,
        rows,
        span,
        packed,
        tokens,
        sums,
        y,
        _TILES,
    )


def _arrange(x: NDArray[np.int8]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the tiles of x int8[M, K] and the sum of each of its rows.

    Element [b, s, i, j] of int32[2 B, S, 16, 16], with B = ceil(M / 32) and S = ceil(K / 64), is
    four int8 from column 64 s + 4 i on of row 16 b + j; zeros where x ends. The sums: int32[32 B].
    """
    m, k = x.shape
    blocks, steps = 2 * -(-m // (2 * _SIDE)), -(-k // _STEP)
    rows = np.zeros((blocks * _SIDE, steps * _STEP), np.int8)
    rows[:m, :k] = x
    tiles = _align(blocks * steps * _TILE).view(np.int32)
    sums = np.empty(len(rows), np.int32)
    _fill_tiles(rows, tiles, sums)
    return tiles.reshape(blocks, steps, _SIDE, _SIDE), sums


@kernel
def _multiply(
    counters: Array,
    chunk: int,
    span: int,
    packed: Array,
    tokens: Array,
    sums: Array,
    y: Array,
    tiles: Array,
) -> None:
    """Compute `multiply` from arranged tokens, `chunk` packed rows and `span` steps at a time."""
    packed_rows = len(packed)
    blocks, steps = tokens.shape[:2]
    size = 4 * span * _TILE
    codes = _align(2 * size)
    product = _align(_GROUP * 4 * blocks * _TILE).view(np.int32)
    _configure(tiles)
    while True:
        first = add_atomically(counters, 0, 1) * chunk
        if first >= packed_rows:
            break
        last = min(first + chunk, packed_rows)
        for start in range(0, steps, span):
            stop = min(start + span, steps)
            offsets = sums if start == 0 else np.zeros_like(sums)
            now, following = 0, size
            strip_end = min(first + _STRIP, last)
            _unpack_rows(packed, first, strip_end, start, stop, codes, now, span, 0)
            done = first  # rows that are in y
            for r in range(first, last, _STRIP):
                coming = min(_STRIP, last - r - _STRIP)
                # A turn is two slots by two blocks of tokens, and its share of the next strip.
                for turn in range(blocks):
                    begin, end = turn * _STRIP // blocks, (turn + 1) * _STRIP // blocks
                    _multiply_tiles(
                        codes,
                        now + turn % 2 * 2 * span * _TILE,
                        span,
                        tokens,
                        turn // 2 * 2,
                        start,
                        stop,
                        product,
                        ((r - done) // _STRIP * blocks + turn) * 4 * _TILE,
                        packed,
                        r + _STRIP,
                        begin,
                        min(end, coming),
                        following,
                    )
                end = min(r + _STRIP, last)
                if end == min(done + _GROUP * _STRIP, last):
                    _write(product, blocks, done, end, offsets, y, packed_rows, start > 0)
                    done = end
                now, following = following, now
        add_atomically(counters, 1, 1)
    _release()


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
    to_second = tokens.shape[1] * _TILE
    tokens_at = block * to_second + start * _TILE
    _clear(0)
    _clear(1)
    _clear(2)
    _clear(3)
    for at in range(0, (stop - start) * _TILE, _TILE):
        _load_tile(4, codes, codes_at + at)
        _load_tile(6, tokens, tokens_at + at)
        _multiply_add(0, 4, 6)
        _load_tile(7, tokens, tokens_at + to_second + at)
        _multiply_add(1, 4, 7)
        _load_tile(5, codes, codes_at + span * _TILE + at)
        _multiply_add(2, 5, 6)
        _multiply_add(3, 5, 7)
        k = start * _STEP + at // _TILE * _STEP
        if k + _STEP <= columns:
            for row in range(begin, end):
                place = (strip + row) * columns + k
                _unpack(packed, place, codes, following + at + row * _STEP, span * _TILE)
    if columns < stop * _STEP:
        first, last = strip + begin, strip + end
        to = following + (stop - 1 - start) * _TILE
        _unpack_rows(packed, first, last, stop - 1, stop, codes, to, span, begin)
    _store_tile(0, product, product_at)
    _store_tile(1, product, product_at + _TILE)
    _store_tile(2, product, product_at + 2 * _TILE)
    _store_tile(3, product, product_at + 3 * _TILE)


@kernel
def _unpack_rows(
    packed: Array,
    first: int,
    last: int,
    start: int,
    stop: int,
    codes: Array,
    to: int,
    span: int,
    row: int,
) -> None:
    """Unpack steps of packed rows `first` to `last` to rows `row` and on of the tiles at `to`."""
    columns = packed.shape[1]
    line = np.zeros(_STEP, np.uint8)
    for r in range(first, last):
        for step in range(start, stop):
            k = step * _STEP
            place = to + (step - start) * _TILE + (row + r - first) * _STEP
            if k + _STEP <= columns:
                _unpack(packed, r * columns + k, codes, place, span * _TILE)
            else:
                for i in range(columns - k):
                    line[i] = packed[r, k + i]
                _unpack(line, 0, codes, place, span * _TILE)


@kernel
def _write(
    product: Array,
    turns: int,
    first: int,
    last: int,
    offsets: Array,
    y: Array,
    packed_rows: int,
    added: bool,
) -> None:
    """Turn the tiles of packed rows `first` to `last` over into y, neighbours after each other."""
    for turn in range(turns):
        for part in range(4):
            slot, block = turn % 2 * 2 + part // 2, turn // 2 * 2 + part % 2
            for r in range(first, last, _STRIP):
                tile = ((r - first) // _STRIP * turns + turn) * 4 + part
                rows, n = min(_STRIP, last - r), slot * packed_rows + r
                _write_tile(product, tile, offsets, block, y, n, rows, added)


@kernel
def _write_tile(
    product: Array,
    tile: int,
    offsets: Array,
    block: int,
    y: Array,
    n: int,
    rows: int,
    added: bool,
) -> None:
    """Put a tile [rows, tokens] into y[tokens, n and following], less the offsets of the tokens."""
    first = block * _SIDE
    tokens = min(_SIDE, len(y) - first)
    rows = min(rows, y.shape[1] - n)
    if tokens == _SIDE and rows == _SIDE:
        to = (first * y.shape[1] + n) * 4
        stride = y.shape[1] * 4
        if added:
            _transpose(product, tile * _TILE, 64, y, to, stride, offsets, first, True)
        else:
            _transpose(product, tile * _TILE, 64, y, to, stride, offsets, first, False)
        return
    for m in range(tokens):
        for i in range(rows):
            value = np.int32(product[tile * 256 + i * _SIDE + m] - offsets[first + m])
            y[first + m, n + i] = np.int32(value + y[first + m, n + i]) if added else value


@kernel
def _fill_tiles(rows: Array, tiles: Array, sums: Array) -> None:
    """Rows int8[16 blocks, 64 steps] to tiles int32, and the sum of each row."""
    blocks, steps = len(rows) // _SIDE, rows.shape[1] // _STEP
    nothing = np.zeros(_SIDE, np.int32)
    for block in range(blocks):
        for step in range(steps):
            source = block * _SIDE * steps * _STEP + step * _STEP
            target = (block * steps + step) * _TILE
            _transpose(rows, source, steps * _STEP, tiles, target, 64, nothing, 0, False)
    for m in range(len(rows)):
        total = np.int32(0)
        for k in range(rows.shape[1]):
            total = np.int32(total + np.int32(rows[m, k]))
        sums[m] = total


@kernel
def _align(size: int) -> Array:
    """Return uint8[size] that begins at a cache line."""
    memory = np.empty(size + 64, np.uint8)
    start = -memory.ctypes.data % 64
    return memory[start : start + size]


def _define_tile_operation(name: str, *tiles: Any) -> Any:
    """Operation `name` on constant tiles."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        numbers = (BYTE(tile.literal_value) for tile in tiles)
        call(builder, f"llvm.x86.{name}", ir.VoidType(), *numbers)
        return context.get_dummy_value()

    return types.void(*tiles), generate


def _define_tile_move(name: str, tile: Any, array: Any) -> Any:
    """Move `name` between a constant tile and the bytes at an offset of an array."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = point(context, builder, signature.args[1], *arguments[1:])
        number = BYTE(tile.literal_value)
        call(builder, f"llvm.x86.{name}", ir.VoidType(), number, pointer, INT64(64))
        return context.get_dummy_value()

    return types.void(tile, array, types.intp), generate


@intrinsic
def _clear(typing_context: Any, tile: Any) -> Any:
    return _define_tile_operation("tilezero", tile)


@intrinsic
def _release(typing_context: Any) -> Any:
    return _define_tile_operation("tilerelease")


@intrinsic
def _multiply_add(typing_context: Any, total: Any, codes: Any, values: Any) -> Any:
    """Add the product of a tile of unsigned and a tile of signed bytes."""
    return _define_tile_operation("tdpbusd", total, codes, values)


@intrinsic
def _load_tile(typing_context: Any, tile: Any, array: Any, offset: Any) -> Any:
    return _define_tile_move("tileloadd64", tile, array)


@intrinsic
def _store_tile(typing_context: Any, tile: Any, array: Any, offset: Any) -> Any:
    return _define_tile_move("tilestored64", tile, array)


@intrinsic
def _configure(typing_context: Any, tiles: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = point(context, builder, signature.args[0], arguments[0], INT64(0))
        call(builder, "llvm.x86.ldtilecfg", ir.VoidType(), pointer)
        return context.get_dummy_value()

    return types.void(tiles), generate


@intrinsic
def _unpack(typing_context: Any, packed: Any, at: Any, codes: Any, to: Any, stride: Any) -> Any:
    """Codes of 64 bytes: those of the four rows of w, `stride` bytes apart from byte `to` on."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        packed, at, codes, to, stride = arguments
        source = point(context, builder, signature.args[0], packed, at, _BYTES.llvm)
        shorts = builder.bitcast(builder.load(source, align=1), _SHORTS.llvm)
        for slot in range(4):
            shifted = builder.lshr(shorts, _SHORTS.splat(2 * slot))
            code = builder.and_(builder.bitcast(shifted, _BYTES.llvm), _BYTES.splat(3))
            offset = builder.add(to, builder.mul(stride, INT64(slot)))
            target = point(context, builder, signature.args[2], codes, offset, _BYTES.llvm)
            builder.store(code, target, align=64)
        return context.get_dummy_value()

    return types.void(packed, types.intp, codes, types.intp, types.intp), generate


@intrinsic
def _transpose(
    typing_context: Any,
    source: Any,
    at: Any,
    stride: Any,
    target: Any,
    to: Any,
    target_stride: Any,
    offsets: Any,
    first: Any,
    added: Any,
) -> Any:
    """Turn 16 rows of 16 int32 over, less offsets[first + i] in row i of the result.

    It is added to the target if `added`, a constant, says so.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source, at, stride, target, to, target_stride, offsets, first, _ = arguments
        rows = []
        for i in range(_SIDE):
            offset = builder.add(at, builder.mul(stride, INT64(i)))
            place = point(context, builder, signature.args[0], source, offset, _INTS.llvm)
            rows.append(builder.load(place, align=1))
        for span in (1, 2, 4, 8):
            _exchange(builder, rows, span)
        start = builder.mul(first, INT64(4))
        pointer = point(context, builder, signature.args[6], offsets, start, _INTS.llvm)
        subtracted = builder.load(pointer, align=4)
        for i, row in enumerate(rows):
            lane = ir.Constant(_INTS.llvm, [i] * _SIDE)
            offset_i = builder.shuffle_vector(subtracted, subtracted, lane)
            offset = builder.add(to, builder.mul(target_stride, INT64(i)))
            place = point(context, builder, signature.args[3], target, offset, _INTS.llvm)
            result = builder.sub(row, offset_i)
            if added.literal_value:
                result = builder.add(result, builder.load(place, align=1))
            builder.store(result, place, align=1)
        return context.get_dummy_value()

    number = types.intp
    signature = types.void(source, number, number, target, number, number, offsets, number, added)
    return signature, generate


def _exchange(builder: Any, rows: list[Any], span: int) -> None:
    """Swap, in every 2 span by 2 span square, the upper right with the lower left quarter."""
    lanes = range(_SIDE)
    upper = [j if not j & span else _SIDE + j - span for j in lanes]
    lower = [j + span if not j & span else _SIDE + j for j in lanes]
    masks = [ir.Constant(_INTS.llvm, mask) for mask in (upper, lower)]
    for i in lanes:
        if not i & span:
            pair = rows[i], rows[i + span]
            rows[i], rows[i + span] = (builder.shuffle_vector(*pair, mask) for mask in masks)
