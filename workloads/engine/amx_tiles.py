"""AMX, the matrix unit: its tiles, and the instructions on them for kernels.

A tile is 16 rows of 64 bytes. The unit holds eight, by constant numbers. It multiplies one of
unsigned by one of signed bytes and adds to one of int32.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numpy.typing import NDArray

from workloads.engine.lowering import BYTE, INT64, call, intrinsic, point

SIDE = 16  # rows of a tile, and int32 in one of its rows
STEP = 64  # bytes in one of its rows
TILE = 1024  # bytes


def _describe() -> NDArray[np.uint8]:
    """Palette 1 with eight tiles of 16 rows of 64 bytes, as `ldtilecfg` reads it."""
    description = np.zeros(64, np.uint8)
    description[0] = 1
    description[16:32:2] = STEP
    description[48:56] = SIDE
    return description


TILES = _describe()


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
def clear(typing_context: Any, tile: Any) -> Any:
    """Set a tile to zeros."""
    return _define_tile_operation("tilezero", tile)


@intrinsic
def release(typing_context: Any) -> Any:
    """Give the unit back; the tiles are lost."""
    return _define_tile_operation("tilerelease")


@intrinsic
def multiply_add(typing_context: Any, total: Any, codes: Any, values: Any) -> Any:
    """Add the product of a tile of unsigned and a tile of signed bytes."""
    return _define_tile_operation("tdpbusd", total, codes, values)


@intrinsic
def load_tile(typing_context: Any, tile: Any, array: Any, offset: Any) -> Any:
    """Fill a tile with the bytes from `offset` of an array on."""
    return _define_tile_move("tileloadd64", tile, array)


@intrinsic
def store_tile(typing_context: Any, tile: Any, array: Any, offset: Any) -> Any:
    """Put a tile's bytes at `offset` of an array."""
    return _define_tile_move("tilestored64", tile, array)


@intrinsic
def configure(typing_context: Any, tiles: Any) -> Any:
    """Take the unit, with tiles as `TILES` describes them."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = point(context, builder, signature.args[0], arguments[0], INT64(0))
        call(builder, "llvm.x86.ldtilecfg", ir.VoidType(), pointer)
        return context.get_dummy_value()

    return types.void(tiles), generate
