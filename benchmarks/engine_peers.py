"""Ternary matmuls of others, as installed: each peer prepares a call that computes y[M, N].

A peer's factory takes w int8[N, K] and x int8[M, K] and returns the call, or None if it has no such
kernel. Who wants floats is given floats; his own quantisation is then part of the call, as in use.
"""

import ctypes
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Call = Callable[[], Any]
Factory = Callable[[np.ndarray, np.ndarray], Call | None]
_GGML_BLOCK, _GGML_F32 = 256, 0
_BITNET_BLOCK = 128
_LITESPARK_TOKENS = 64  # its kernel takes no more at once


def find_peers(threads: int, bitnet: Path | None) -> dict[str, Factory]:
    """Return the factories of what is installed; `bitnet` is a shared library, built elsewhere."""
    peers: dict[str, Factory] = {}
    for name, find in (
        ("torch._int_mm", _find_torch),
        ("llama.cpp TQ2_0", lambda threads: _find_ggml(threads, "xllamacpp", "*.abi3.so", 35)),
        (
            "ik_llama.cpp IQ2_BN",
            lambda threads: _find_ggml(threads, "ik_llama_cpp", "lib/libggml.so", 135),
        ),
        ("litespark", _find_litespark),
        ("bitnet.cpp i2_s", lambda threads: _find_bitnet(threads, bitnet)),
    ):
        try:
            peers[name] = find(threads)
        except (ImportError, OSError, AttributeError, StopIteration) as error:
            print(f"{name}: not measured ({type(error).__name__}: {error})", file=sys.stderr)
    return peers


def _find_torch(threads: int) -> Factory:
    torch = importlib.import_module("torch")
    torch.set_num_threads(threads)

    def prepare(w: np.ndarray, x: np.ndarray) -> Call | None:
        if len(x) == 1:
            return None
        left, right = torch.from_numpy(x), torch.from_numpy(w).t()
        return lambda: torch._int_mm(left, right)

    return prepare


def _find_litespark(threads: int) -> Factory:
    kernel = importlib.import_module("litespark_inference.torchless.kernel")
    pack = importlib.import_module("litespark_inference.torchless.pack")
    if kernel.max_threads() != threads:
        raise ImportError(f"set OMP_NUM_THREADS={threads}")

    def prepare(w: np.ndarray, x: np.ndarray) -> Call | None:
        packed, y = pack.pack_ternary_4_per_byte(w), np.empty((len(x), len(w)), np.float32)
        if len(x) == 1:
            return lambda: kernel.matmul_packed_m1(x[0], packed, 1.0, 1.0, y[0])
        scales = np.ones(len(x), np.float32)

        def call() -> Any:
            for start in range(0, len(x), _LITESPARK_TOKENS):
                part = slice(start, start + _LITESPARK_TOKENS)
                kernel.matmul_packed_mT(x[part], scales[part], packed, 1.0, y[part])
            return y

        return call

    return prepare


def _find_bitnet(threads: int, path: Path | None) -> Factory:
    """A library with bitnet_gemv and bitnet_gemm around ggml_vec_dot_i2_i8_s_1xN and _Nx1."""
    if path is None:
        raise ImportError("give its library by --bitnet")
    library = ctypes.CDLL(str(path))
    if threads != 1:
        raise ImportError("one thread only")

    def prepare(w: np.ndarray, x: np.ndarray) -> Call | None:
        n, k = w.shape
        if k % _BITNET_BLOCK:
            return None
        codes = (w + 1).astype(np.uint8).reshape(n, k // _BITNET_BLOCK, 4, 32)
        packed = codes[:, :, 0] << 6 | codes[:, :, 1] << 4 | codes[:, :, 2] << 2 | codes[:, :, 3]
        y = np.empty((len(x), n), np.float32)
        at = [ctypes.c_void_p(array.ctypes.data) for array in (packed, x, y)]
        keep = packed, x, y  # as long as the call

        def call() -> Any:
            if len(x) == 1:
                library.bitnet_gemv(n, k, *at)
            else:
                library.bitnet_gemm(n, k, *at[:2], len(x), at[2])
            return keep

        return call

    return prepare


class _GgmlParameters(ctypes.Structure):
    _fields_ = [
        ("size", ctypes.c_size_t),
        ("buffer", ctypes.c_void_p),
        ("no_alloc", ctypes.c_bool),
    ]


def _find_ggml(threads: int, package: str, pattern: str, kind: int) -> Factory:
    folder = Path(importlib.import_module(package).__file__ or "").parent
    library = ctypes.CDLL(str(next(folder.glob(pattern))))
    for name in ("init", "new_tensor_2d", "mul_mat", "new_graph", "get_data", "backend_cpu_init"):
        getattr(library, f"ggml_{name}").restype = ctypes.c_void_p
    library.ggml_init.argtypes = [_GgmlParameters]
    backend = ctypes.c_void_p(library.ggml_backend_cpu_init())
    library.ggml_backend_cpu_set_n_threads(backend, threads)

    def prepare(w: np.ndarray, x: np.ndarray) -> Call | None:
        # K must be whole blocks: zeros fill the last.
        padding = ((0, 0), (0, -w.shape[1] % _GGML_BLOCK))
        weights = np.pad(w, padding).astype(np.float32)
        inputs = np.pad(x, padding).astype(np.float32)
        (n, k), m = weights.shape, len(x)
        size = n * k + 4 * m * (k + n) + (64 << 20)
        context = ctypes.c_void_p(library.ggml_init(_GgmlParameters(size, None, False)))

        def create(kind: int, rows: int) -> ctypes.c_void_p:
            extents = ctypes.c_int64(k), ctypes.c_int64(rows)
            return ctypes.c_void_p(library.ggml_new_tensor_2d(context, kind, *extents))

        left, right = create(kind, n), create(_GGML_F32, m)
        source, target = weights.ctypes.data, ctypes.c_void_p(library.ggml_get_data(left))
        sizes = ctypes.c_int64(0), ctypes.c_int64(n), ctypes.c_int64(k)
        library.ggml_quantize_chunk(kind, ctypes.c_void_p(source), target, *sizes, None)
        ctypes.memmove(library.ggml_get_data(right), inputs.ctypes.data, inputs.nbytes)
        product = ctypes.c_void_p(library.ggml_mul_mat(context, left, right))
        graph = ctypes.c_void_p(library.ggml_new_graph(context))
        library.ggml_build_forward_expand(graph, product)
        data = library.ggml_get_data(product)

        def call() -> Any:
            library.ggml_backend_graph_compute(backend, graph)
            values = ctypes.cast(data, ctypes.POINTER(ctypes.c_float))
            return np.ctypeslib.as_array(values, (m, n))

        return call

    return prepare
