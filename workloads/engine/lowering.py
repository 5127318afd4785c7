"""What the engine's kernels need and numba lacks: vectors, addresses, prefetch, atomic counters."""

import sys
from collections.abc import Callable
from typing import Any

import numba.extending
from llvmlite import ir
from llvmlite.binding import get_default_triple
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
def add_atomically(typing_context: Any, words: Any, index: Any, amount: Any) -> Any:
    """Add `amount` to words[index], int64; return the value before."""
    return _modify("add", words)


@intrinsic
def set_atomically(typing_context: Any, words: Any, index: Any, value: Any) -> Any:
    """Set words[index], int64; return the value before."""
    return _modify("xchg", words)


@intrinsic
def read_atomically(typing_context: Any, words: Any, index: Any) -> Any:
    """Return words[index], int64, as it is now."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _point_to_word(context, builder, signature, arguments)
        return builder.load_atomic(pointer, "seq_cst", 8)

    return types.int64(words, types.intp), generate


def _modify(operation: str, words: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _point_to_word(context, builder, signature, arguments)
        return builder.atomic_rmw(operation, pointer, arguments[2], "seq_cst")

    return types.int64(words, types.intp, types.int64), generate


def _point_to_word(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    offset = builder.mul(arguments[1], INT64(8))
    return point(context, builder, signature.args[0], arguments[0], offset, INT64)


@intrinsic
def pause(typing_context: Any) -> Any:
    """Leave the core to its other thread for a moment, where it has one."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if get_default_triple().startswith("x86_64"):
            call(builder, "llvm.x86.sse2.pause", ir.VoidType())
        return context.get_dummy_value()

    return types.void(), generate


@intrinsic
def give_way(typing_context: Any) -> Any:
    """Let the system run another thread on this core, if one waits for it."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        name = "SwitchToThread" if sys.platform == "win32" else "sched_yield"
        call(builder, name, ir.IntType(32))
        return context.get_dummy_value()

    return types.void(), generate


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
