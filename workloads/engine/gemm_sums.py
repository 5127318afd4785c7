"""Sums of 32 tokens as one value, for `gemm_tables`.

LLVM makes two vectors of it, or one where the processor has wider ones.
"""

from typing import Any

from numba.core import types

from workloads.engine.lowering import INT64, Vector, intrinsic, point

TOKENS = 32
ENTRY_BYTES = 2 * TOKENS
_SHORTS, _INTS = Vector(TOKENS, 16), Vector(TOKENS, 32)


def _locate(context: Any, builder: Any, signature: Any, arguments: Any, vector: Vector) -> Any:
    """Pointer to the vector that an array, the first argument, holds at an index, the second."""
    size = INT64(vector.lanes * vector.bits // 8)
    offset = builder.mul(arguments[1], size)
    return point(context, builder, signature.args[0], arguments[0], offset, vector.llvm)


@intrinsic
def load(typing_context: Any, array: Any, index: Any) -> Any:
    """Return the sums, in 16 bits, that an array holds at an index."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(_locate(context, builder, signature, arguments, _SHORTS), align=2)

    return _SHORTS(array, types.intp), generate


@intrinsic
def load_entry(typing_context: Any, tables: Any, index: Any, place: Any) -> Any:
    """Entry `place` bytes behind entry `index`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        tables, index, place = arguments
        offset = builder.add(builder.mul(index, INT64(ENTRY_BYTES)), place)
        pointer = point(context, builder, signature.args[0], tables, offset, _SHORTS.llvm)
        return builder.load(pointer, align=2)

    return _SHORTS(tables, types.intp, types.intp), generate


@intrinsic
def store(typing_context: Any, array: Any, index: Any, value: Any) -> Any:
    """Put sums of 16 bits at an index of an array."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _locate(context, builder, signature, arguments, _SHORTS)
        builder.store(arguments[2], pointer, align=2)
        return context.get_dummy_value()

    return types.void(array, types.intp, _SHORTS), generate


@intrinsic
def add_wide(typing_context: Any, array: Any, index: Any, value: Any) -> Any:
    """Add sums of 16 bits to those of 32 bits at an index of an array."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _locate(context, builder, signature, arguments, _INTS)
        wide = builder.sext(arguments[2], _INTS.llvm)
        builder.store(builder.add(builder.load(pointer, align=4), wide), pointer, align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, _SHORTS), generate


@intrinsic
def add(typing_context: Any, left: Any, right: Any) -> Any:
    """Add lane by lane."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.add(*arguments)

    return _SHORTS(_SHORTS, _SHORTS), generate


@intrinsic
def subtract(typing_context: Any, left: Any, right: Any) -> Any:
    """Subtract lane by lane."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.sub(*arguments)

    return _SHORTS(_SHORTS, _SHORTS), generate
