"""The matmul that models run on: picks the kernels for the processor and for the tokens."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from workloads.engine import gemm_amx, gemm_sums, gemm_tables, gemv_avx2, gemv_portable, gemv_vnni
from workloads.engine.instructions import find_instructions
from workloads.engine.threads import count_cores
from workloads.errors import require_int
from workloads.kernels import check_operands
from workloads.ternary import TernaryMatrix

_CORES = count_cores()
# Multiply-adds, by either kind of kernel, that are worth another thread.
_FEW_SHARE, _MANY_SHARE = 1 << 22, 1 << 25
_BATCH = 128  # tokens of which all that a kernel keeps stays in a second-level cache

# (threads, packed uint8[R, K], x int8[M, K], y int32[M, N]), which it fills.
_Kernel = Callable[[int, NDArray[Any], NDArray[Any], NDArray[Any]], None]


@dataclass(frozen=True, kw_only=True)
class _Kernels:
    """What a processor is best served with.

    Attributes
    ----------
    few : works token by token.
    many : works on blocks of `block` tokens, the last of them padded.
    least : tokens of a padded block for which `many` is faster than `few`.
    """

    few: _Kernel
    many: _Kernel
    block: int
    least: int


def matmul_packed(
    weight: TernaryMatrix,
    x: NDArray[np.int8],
    *,
    threads: int | None = None,
    instructions: frozenset[str] | None = None,
) -> NDArray[np.int32]:
    """Return y[M, N] = x[M, K] @ w[N, K].T as int32, from packed weights.

    Parameters
    ----------
    threads : that may work on it, by default one a core. The result depends on neither parameter.
    instructions : of the processor's, those that may be used, by LLVM's names; by default all.

    Raises
    ------
    InputError : for a wrong dtype or shape, and for a K above `MAX_REDUCTION`.
    """
    check_operands(x, weight)
    threads = _CORES if threads is None else require_int("threads", threads)
    kernels = _choose(instructions)
    x = np.ascontiguousarray(x)
    y = np.empty((len(x), weight.rows), np.int32)
    if numba.config.DISABLE_JIT:
        sums = x.sum(axis=1, dtype=np.int32)
        gemv_portable.multiply_rows(0, len(weight.packed), weight.packed, x, sums, y)
        return y
    if len(x) == 1:
        kernels.few(min(threads, 1 + y.size * x.size // _FEW_SHARE), weight.packed, x, y)
        return y
    for start in range(0, len(x), _BATCH):
        batch = slice(start, start + _BATCH)
        _multiply(kernels, threads, weight.packed, x[batch], y[batch])
    return y


@cache
def _choose(instructions: frozenset[str] | None) -> _Kernels:
    usable = find_instructions()
    if instructions is not None:
        usable &= instructions
    if {"avx512bw", "avx512vnni"} <= usable:
        few, least = gemv_vnni.multiply, 30
    elif "avx2" in usable:
        few, least = gemv_avx2.multiply, 20
    else:
        few, least = gemv_portable.multiply, 8
    if {"avx512bw", "amx-int8"} <= usable:
        return _Kernels(few=few, many=gemm_amx.multiply, block=gemm_amx.TOKENS, least=5)
    return _Kernels(few=few, many=gemm_tables.multiply, block=gemm_sums.TOKENS, least=least)


def _multiply(
    kernels: _Kernels,
    threads: int,
    packed: NDArray[np.uint8],
    x: NDArray[np.int8],
    y: NDArray[np.int32],
) -> None:
    rest = len(x) % kernels.block
    few = rest if rest < kernels.least else 0
    many = len(x) - few
    size = y.shape[1] * x.shape[1]
    if many:
        kernels.many(min(threads, 1 + many * size // _MANY_SHARE), packed, x[:many], y[:many])
    if few:
        kernels.few(min(threads, 1 + few * size // _FEW_SHARE), packed, x[many:], y[many:])
