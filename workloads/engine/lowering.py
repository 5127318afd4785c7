"""What the engine's kernels need and numba lacks: vectors, addresses, prefetch, atomic counters.

A kernel lives in one file with the intrinsics that it uses, because numba's cache on disk sees
edits of that file alone. After an edit here, delete the `.nbi` files in `__pycache__`.
"""

from collections.abc import Callable
from typing import Any

import numba.extending
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import models

BYTE, INT64 = ir.IntType(8), ir.IntType(64)


def intrinsic(function: Callable[..., Any]) -> Any:
    """Let kernels call a function of types, which returns a signature and a generator of LLVM code.

    A constant argument's type has its value as `literal_value`.
    """
    return numba.extending.intrinsic(prefer_literal=True)(function)


class Vector(types.Type):
    """`lanes` integers of `bits` each, as a value that a kernel's variable can hold."""

    def __init__(self, lanes: int, bits: int) -> None:
        self.lanes, self.bits = lanes, bits
        super().__init__(name=f"vector({lanes} x i{bits})")

    @property
    def llvm(self) -> Any:
        """The LLVM type."""
        return ir.VectorType(ir.IntType(self.bits), self.lanes)

    def splat(self, value: int) -> Any:
        """Return the constant with `value` in every lane."""
        return ir.Constant(self.llvm, [value] * self.lanes)


class _VectorModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, vector: Vector) -> None:
        super().__init__(manager, vector, vector.llvm)


numba.extending.register_model(Vector)(_VectorModel)


def call(builder: Any, name: str, result: Any, *arguments: Any) -> Any:
    """Call the function or LLVM intrinsic of that name."""
    function_type = ir.FunctionType(result, [argument.type for argument in arguments])
    function = cgutils.get_or_insert_function(builder.module, function_type, name)
    return builder.call(function, arguments)


def point(
    context: Any, builder: Any, array_type: Any, array: Any, offset: Any, target: Any = BYTE
) -> Any:
    """Return a pointer to `target`, `offset` bytes behind the first of an array's data."""
    data = context.make_array(array_type)(context, builder, array).data
    start = builder.bitcast(data, BYTE.as_pointer())
    return builder.bitcast(builder.gep(start, [offset]), target.as_pointer())


@intrinsic
def add_atomically(typing_context: Any, counters: Any, index: Any, amount: Any) -> Any:
    """Add `amount` to counters[index], int64; return the value before, as fetch_and_add does."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, position, value = arguments
        offset = builder.mul(position, INT64(8))
        pointer = point(context, builder, signature.args[0], array, offset, INT64)
        return builder.atomic_rmw("add", pointer, value, "seq_cst")

    return types.int64(counters, types.intp, types.int64), generate


@intrinsic
def fetch(typing_context: Any, array: Any, offset: Any) -> Any:
    """Ask for a cache line, which need not exist, in the second-level cache."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, offset = arguments
        pointer = point(context, builder, signature.args[0], array, offset)
        number = ir.IntType(32)
        read, second_level, data = number(0), number(2), number(1)
        call(builder, "llvm.prefetch.p0", ir.VoidType(), pointer, read, second_level, data)
        return context.get_dummy_value()

    return types.void(array, types.intp), generate
