"""Which of the processor's instructions the kernels may use."""

import ctypes
import sys
from functools import cache

import numba
from llvmlite.binding import get_host_cpu_features

# Linux on x86-64: the call of arch_prctl, its request for a feature's state, and AMX's tiles.
_ARCH_PRCTL, _REQUEST_STATE, _TILE_DATA = 158, 0x1023, 18


@cache
def find_instructions() -> frozenset[str]:
    """Return the features of this processor by LLVM's names, such as ``avx2``.

    Without ``amx-int8`` if the system does not let this process use it. If numba was told to
    compile for another processor, of these only what NUMBA_CPU_FEATURES names, as in ``+avx2``.
    """
    found = {name for name, has in get_host_cpu_features().items() if has}
    if numba.config.CPU_NAME or numba.config.CPU_FEATURES:
        found &= {
            name[1:] for name in (numba.config.CPU_FEATURES or "").split(",") if name[:1] == "+"
        }
    if "amx-int8" in found and not _ask_for_tiles():
        found.remove("amx-int8")
    return frozenset(found)


def _ask_for_tiles() -> bool:
    if sys.platform != "linux":
        return False
    return bool(ctypes.CDLL(None).syscall(_ARCH_PRCTL, _REQUEST_STATE, _TILE_DATA) == 0)
