"""Workloads for mapping searches: ZigZag's layers and Timeloop's problem.

Written as text, so that nobody needs a YAML library; names hold letters, digits and underscores.
"""

from collections.abc import Iterable

from rtl.config import accumulator_width_for
from workloads.shapes import Matmul

WEIGHT_BITS, ACTIVATION_BITS = 2, 8


def render_zigzag(matmuls: Iterable[Matmul]) -> str:
    """Return a ZigZag workload, a layer a matmul, none of which feeds another.

    ZigZag's K and C are our N and K; its B is our M. Sums have the bits of an exact accumulator.
    """
    lines = ["# O[b][k] += W[k][c] * I[b][c]: B tokens, K output features, C input features"]
    for index, matmul in enumerate(matmuls):
        bits = accumulator_width_for(matmul.k)
        lines += [
            f"- id: {index}",
            f"  name: {matmul.name}",
            "  operator_type: Gemm",
            "  equation: O[b][k]+=W[k][c]*I[b][c]",
            "  loop_dims: [B, K, C]",
            f"  loop_sizes: [{matmul.m}, {matmul.n}, {matmul.k}]",
            "  operand_precision:",
            f"    W: {WEIGHT_BITS}",
            f"    I: {ACTIVATION_BITS}",
            f"    O: {bits}",
            f"    O_final: {bits}",
            "  operand_source:",
            f"    W: {index}",
            f"    I: {index}",
        ]
    return "\n".join(lines) + "\n"


def render_timeloop(matmul: Matmul) -> str:
    """Return the problem of one matmul for Timeloop, input version 0.4, with our M, N, K."""
    return f"""\
# y[M, N] = x[M, K] @ w[N, K].T: {matmul.name}
problem:
  version: 0.4
  shape:
    name: {matmul.name}
    dimensions: [M, N, K]
    data_spaces:
    - name: Weights
      projection: [[[N]], [[K]]]
    - name: Inputs
      projection: [[[M]], [[K]]]
    - name: Outputs
      projection: [[[M]], [[N]]]
      read_write: true
  instance:
    M: {matmul.m}
    N: {matmul.n}
    K: {matmul.k}
"""
