"""The one setting with which every numba kernel of the package is compiled."""

from collections.abc import Callable
from typing import Any, TypeVar

import numba
from numpy.typing import NDArray

Array = NDArray[Any]
Function = TypeVar("Function", bound=Callable[..., Any])

# Lets LLVM vectorise a float sum. The order of summation is then the compiler's, but the same in
# every call of the kernel, so that a row's result does not depend on the rows beside it.
REORDERED_SUMS = frozenset({"reassoc", "nsz", "contract"})


def kernel(function: Function) -> Function:
    """Compile `function` when it is first called, and keep the machine code on disk."""
    return _compile(function, fastmath=False)


def float_kernel(function: Function) -> Function:
    """Compile as `kernel`, with float sums that may be reordered."""
    return _compile(function, fastmath=set(REORDERED_SUMS))


def _compile(function: Function, **options: Any) -> Function:
    options |= {"nogil": True, "error_model": "numpy"}
    try:
        return numba.njit(cache=True, **options)(function)  # type: ignore[no-any-return]
    except RuntimeError:  # neither the package's folder nor the user's cache can be written
        return numba.njit(**options)(function)  # type: ignore[no-any-return]
