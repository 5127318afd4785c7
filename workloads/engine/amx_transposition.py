"""A square of int32 turned over: 16 rows of 16, in registers."""

from typing import Any

from llvmlite import ir
from numba.core import types

from workloads.engine.amx_tiles import SIDE
from workloads.engine.lowering import INT64, Vector, intrinsic, point

_INTS = Vector(SIDE, 32)


@intrinsic
def transpose(
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
        for i in range(SIDE):
            offset = builder.add(at, builder.mul(stride, INT64(i)))
            place = point(context, builder, signature.args[0], source, offset, _INTS.llvm)
            rows.append(builder.load(place, align=1))
        for span in (1, 2, 4, 8):
            _exchange(builder, rows, span)
        start = builder.mul(first, INT64(4))
        pointer = point(context, builder, signature.args[6], offsets, start, _INTS.llvm)
        subtracted = builder.load(pointer, align=4)
        for i, row in enumerate(rows):
            lane = ir.Constant(_INTS.llvm, [i] * SIDE)
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
    lanes = range(SIDE)
    upper = [j if not j & span else SIDE + j - span for j in lanes]
    lower = [j + span if not j & span else SIDE + j for j in lanes]
    masks = [ir.Constant(_INTS.llvm, mask) for mask in (upper, lower)]
    for i in lanes:
        if not i & span:
            pair = rows[i], rows[i + span]
            rows[i], rows[i + span] = (builder.shuffle_vector(*pair, mask) for mask in masks)
