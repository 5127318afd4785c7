"""The one setting with which every numba kernel of the package is compiled."""

import contextlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.core.ccallback import CFunc
from numba.core.sigutils import normalize_signature
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


def compile_callback(function: Callable[..., None], signature: Any) -> Any:
    """Compile for `signature` what machine code may call by its address, kept as `kernel` does."""
    callback: Any = CFunc(function, normalize_signature(signature), {}, {})
    with contextlib.suppress(RuntimeError):
        callback.enable_caching()
        _watch_folder(callback._cache, function)
    callback.compile()
    return callback


def _compile(function: Function, **options: Any) -> Function:
    options |= {"nogil": True, "error_model": "numpy"}
    try:
        compiled = numba.njit(cache=True, **options)(function)
    except RuntimeError:  # neither the package's folder nor the user's cache can be written
        return numba.njit(**options)(function)  # type: ignore[no-any-return]
    if not numba.config.DISABLE_JIT:
        _watch_folder(compiled._cache, function)
    return compiled  # type: ignore[no-any-return]


def _watch_folder(kept: Any, function: Callable[..., Any]) -> None:
    """Let what is kept on disk be forgotten after an edit of any module beside the function's.

    numba sees edits of the function's own, and machine code includes what it calls elsewhere.
    """
    file = kept._cache_file
    folder = Path(function.__code__.co_filename).parent
    file._source_stamp = file._source_stamp, _stamp_folder(folder)


@cache
def _stamp_folder(folder: Path) -> list[tuple[str, int, int]]:
    try:
        with os.scandir(folder) as entries:
            modules = [entry for entry in entries if entry.name.endswith(".py")]
            stamps = [(module.name, module.stat()) for module in modules]
    except OSError:  # a package in an archive
        return []
    return sorted((name, stamp.st_mtime_ns, stamp.st_size) for name, stamp in stamps)
