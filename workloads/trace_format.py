"""What a trace folder holds: the names of its files, its conventions, and one of its rows."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MANIFEST, MATMULS, STATISTICS = "manifest.json", "matmuls.parquet", "statistics.parquet"
ACTIVATIONS, RESULTS = "activations.safetensors", "results.safetensors"
FORMAT, VERSION = "ternary matmul trace", 1

CONVENTIONS = {
    "matmul": "y[m, n] = sum over k of x[m, k] * w[n, k]; M tokens, N output and K input features;"
    " x int8, w in {-1, 0, +1}, y int32, exact",
    "order": f"{MATMULS} has one row a matmul, in the order of computation; index counts them",
    "step": "forward passes before this one; phase is decode for a single token after others, else"
    " prefill; position is that of the first of the M tokens in the sequence, from 0",
    "input": f"the name of x in {ACTIVATIONS}, stored once however often used: the SHA-256 of its"
    " int8 bytes, row-major [M, K]",
    "scales": "float32[M], 127 * (1 / max(max|input|, 1e-5)): a real input is about"
    " x[m, k] / scales[m]",
    "weight": "name of the tensor in the model's checkpoint, w ~ W / weight_scale",
    "weight_sha256": "of w packed four to a byte, row-major uint8[ceil(N / 4), K]: with R ="
    " ceil(N / 4), byte [r, k] holds w + 1 of rows r, r + R, r + 2R, r + 3R in bits 0-1, 2-3, 4-5,"
    " 6-7; rows beyond N as in the checkpoint",
    "weight_zeros": "number of zeros in w",
    "result_sha256": "of y as little-endian int32, row-major [M, N]",
    "results": f"{RESULTS}, if present, holds each y under its index in decimal",
    "statistics": f"{STATISTICS} has one row a layer and input (name: the first projection that"
    " takes it): histogram[i] counts the value i - 128; toggled_bits sums the bits that differ"
    " between x[m, k] and x[m - 1, k] over k and consecutive tokens",
}


@dataclass(frozen=True, kw_only=True)
class TracedMatmul:
    """One row of a trace; the manifest's conventions say what each field means.

    The last four are None where nothing was computed, as in a synthetic trace.
    """

    index: int
    step: int
    phase: str
    position: int
    layer: int
    name: str
    m: int
    n: int
    k: int
    input: str
    weight: str
    weight_sha256: str | None = None
    weight_scale: float | None = None
    weight_zeros: int | None = None
    result_sha256: str | None = None

    @property
    def macs(self) -> int:
        """Select-and-adds."""
        return self.m * self.n * self.k


def hash_result(y: NDArray[np.int32]) -> str:
    """Return the SHA-256 that a trace records for a result y int32[M, N]."""
    return hashlib.sha256(np.ascontiguousarray(y, "<i4").data).hexdigest()
