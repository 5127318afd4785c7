"""Codes as AMX wants them: a byte's four go to four tiles."""

from typing import Any

import numpy as np
from numba.core import types

from workloads.compilation import Array, kernel
from workloads.engine.amx_tiles import STEP, TILE
from workloads.engine.lowering import INT64, Vector, intrinsic, point

_BYTES, _SHORTS = Vector(64, 8), Vector(32, 16)


@kernel
def unpack_rows(
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
    line = np.zeros(STEP, np.uint8)
    for r in range(first, last):
        for step in range(start, stop):
            k = step * STEP
            place = to + (step - start) * TILE + (row + r - first) * STEP
            if k + STEP <= columns:
                unpack(packed, r * columns + k, codes, place, span * TILE)
            else:
                for i in range(columns - k):
                    line[i] = packed[r, k + i]
                unpack(line, 0, codes, place, span * TILE)


@intrinsic
def unpack(typing_context: Any, packed: Any, at: Any, codes: Any, to: Any, stride: Any) -> Any:
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
