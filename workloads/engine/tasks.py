"""What threads share: compiled code that computes one chunk of a call, and the call's description.

A task is a function (call, worker, chunk): worker 0 is the caller, and no two at a time have the
same number. `call` points to int64 words: what `share` needs, then four for each argument, a
number or the address and the shape of an array in C order. So all tasks look alike to whoever runs
them, outside Python.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import numba
from llvmlite import ir
from numba.core import cgutils, types
from numpy.typing import NDArray

from workloads.compilation import Array, compile_callback, kernel
from workloads.engine.lowering import INT64, intrinsic

ADDRESS, CHUNKS, HELPERS, _ARGUMENTS = range(4)  # words of a call
_SLOT = 4  # words of an argument
WORDS = 64
_SIGNATURE = "void(CPointer(int64), int64, int64)"

Task = Callable[[], Any]  # returns the compiled function
Argument = NDArray[Any] | int


def task(function: Callable[[Any, int, int], None]) -> Task:
    """Compile `function` when it is first shared, and keep the machine code on disk."""

    return cache(lambda: compile_callback(function, _SIGNATURE))


@kernel
def describe(call: Array, address: int, chunks: int, helpers: int, arguments: Any) -> None:
    """Write a call's words."""
    call[ADDRESS], call[CHUNKS], call[HELPERS] = address, chunks, helpers
    _write_arguments(call, arguments)


@kernel
def number(call: Any, index: int) -> int:
    """Return the argument of that index, a number."""
    return call[_ARGUMENTS + _SLOT * index]  # type: ignore[no-any-return]


@kernel
def vector(call: Any, index: int, dtype: Any) -> Any:
    """Return the argument of that index, an array of one dimension."""
    at = _ARGUMENTS + _SLOT * index
    return numba.carray(_address(call[at]), (call[at + 1],), dtype)


@kernel
def matrix(call: Any, index: int, dtype: Any) -> Any:
    """Return the argument of that index, an array of two dimensions."""
    at = _ARGUMENTS + _SLOT * index
    return numba.carray(_address(call[at]), (call[at + 1], call[at + 2]), dtype)


@kernel
def cube(call: Any, index: int, dtype: Any) -> Any:
    """Return the argument of that index, an array of three dimensions."""
    at = _ARGUMENTS + _SLOT * index
    return numba.carray(_address(call[at]), (call[at + 1], call[at + 2], call[at + 3]), dtype)


@intrinsic
def _address(typing_context: Any, address: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(types.voidptr))

    return types.voidptr(types.int64), generate


@intrinsic
def run_chunk(typing_context: Any, call: Any, worker: Any, chunk: Any) -> Any:
    """Let the task of the call, an array of its words, compute a chunk."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        call, worker, chunk = arguments
        words = context.make_array(signature.args[0])(context, builder, call).data
        address = builder.load(builder.gep(words, [INT64(ADDRESS)]))
        function_type = ir.FunctionType(ir.VoidType(), [words.type, INT64, INT64])
        function = builder.inttoptr(address, function_type.as_pointer())
        builder.call(function, [words, worker, chunk])
        return context.get_dummy_value()

    return types.void(call, types.int64, types.int64), generate


@intrinsic
def _write_arguments(typing_context: Any, call: Any, values: Any) -> Any:
    """Write a tuple of numbers and arrays to the argument words of a call."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        words = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        items = zip(values, cgutils.unpack_tuple(builder, arguments[1]), strict=True)
        for index, (kind, value) in enumerate(items):
            if isinstance(kind, types.Array):
                array = context.make_array(kind)(context, builder, value)
                address = builder.ptrtoint(array.data, INT64)
                written = [address, *cgutils.unpack_tuple(builder, array.shape)]
            else:
                written = [context.cast(builder, value, kind, types.int64)]
            for at, word in enumerate(written, _ARGUMENTS + _SLOT * index):
                builder.store(word, builder.gep(words, [INT64(at)]))
        return context.get_dummy_value()

    return types.void(call, values), generate
