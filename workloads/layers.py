"""The float part of the model, in float64: norms, rotary positions, attention, gate and head.

Every kernel works row by row: a token's result does not depend on how many tokens are handled at
once, so that prefill and decode agree bit for bit.
"""

import numpy as np
from numpy.typing import NDArray

from workloads.compilation import Array, float_kernel, kernel


def compute_rotations(
    positions: range, head_dim: int, theta: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return cos and sin, float64[positions, head_dim / 2], of position * theta**(-2 i / head_dim).

    Source: RoFormer (arXiv 2104.09864), eq. 15.
    """
    frequencies = theta ** (-np.arange(0, head_dim, 2, dtype=np.float64) / head_dim)
    angles = np.array(positions, np.float64)[:, None] * frequencies
    return np.cos(angles), np.sin(angles)


@float_kernel
def normalize(x: Array, weight: Array, epsilon: float) -> Array:
    """RMSNorm of x float64[M, H], weight float64[H]: x / sqrt(mean(x**2) + epsilon) * weight."""
    out = np.empty_like(x)
    for m in range(x.shape[0]):
        total = 0.0
        for k in range(x.shape[1]):
            total += x[m, k] * x[m, k]
        factor = 1.0 / np.sqrt(total / x.shape[1] + epsilon)
        for k in range(x.shape[1]):
            out[m, k] = x[m, k] * factor * weight[k]
    return out


@kernel
def rotate(x: Array, cos: Array, sin: Array) -> None:
    """Turn, in place, the pairs (i, i + D/2) of x float64[M, heads, D] by cos, sin [M, D/2]."""
    half = cos.shape[1]
    for m in range(x.shape[0]):
        for h in range(x.shape[1]):
            for i in range(half):
                low, high = x[m, h, i], x[m, h, i + half]
                x[m, h, i] = low * cos[m, i] - high * sin[m, i]
                x[m, h, i + half] = high * cos[m, i] + low * sin[m, i]


@float_kernel
def attend(queries: Array, keys: Array, values: Array, position: int) -> Array:
    """Causal attention of queries float64[M, heads, D], at `position` and after, to the cache.

    keys and values are float64[kv_heads, capacity, D]; consecutive query heads share one of them.
    Returns float64[M, heads, D].
    """
    tokens, heads, features = queries.shape
    group = heads // keys.shape[0]
    factor = 1.0 / np.sqrt(features)
    scores = np.empty(position + tokens)
    out = np.zeros_like(queries)
    for h in range(heads):
        g = h // group
        for m in range(tokens):
            visible = position + m + 1
            largest = -np.inf
            for t in range(visible):
                dot = 0.0
                for d in range(features):
                    dot += queries[m, h, d] * keys[g, t, d]
                scores[t] = dot * factor
                largest = max(largest, scores[t])
            total = 0.0
            for t in range(visible):
                scores[t] = np.exp(scores[t] - largest)
                total += scores[t]
            for t in range(visible):
                scores[t] /= total
            whole = visible - visible % 4
            for t in range(0, whole, 4):  # four tokens share the load and store of `out`
                s0, s1, s2, s3 = scores[t], scores[t + 1], scores[t + 2], scores[t + 3]
                for d in range(features):
                    first = s0 * values[g, t, d] + s1 * values[g, t + 1, d]
                    second = s2 * values[g, t + 2, d] + s3 * values[g, t + 3, d]
                    out[m, h, d] += first + second
            for t in range(whole, visible):
                for d in range(features):
                    out[m, h, d] += scores[t] * values[g, t, d]
    return out


@kernel
def gate_relu2(gate: Array, up: Array) -> Array:
    """relu(gate)**2 * up, float64[M, F]."""
    out = np.empty_like(gate)
    for m in range(gate.shape[0]):
        for k in range(gate.shape[1]):
            positive = max(gate[m, k], 0.0)
            out[m, k] = positive * positive * up[m, k]
    return out


@kernel
def gate_silu(gate: Array, up: Array) -> Array:
    """gate / (1 + exp(-gate)) * up, float64[M, F]."""
    out = np.empty_like(gate)
    for m in range(gate.shape[0]):
        for k in range(gate.shape[1]):
            out[m, k] = gate[m, k] / (1.0 + np.exp(-gate[m, k])) * up[m, k]
    return out


@float_kernel
def apply_head(x: Array, head: Array) -> Array:
    """Logits float64[M, V] of x float64[M, H] and head float32[V, H], summed in float64."""
    tokens, features = x.shape
    words = head.shape[0]
    out = np.empty((tokens, words))
    whole = words - words % 4
    for v in range(0, whole, 4):  # four words share the loads of x
        for m in range(tokens):
            t0 = t1 = t2 = t3 = 0.0
            for k in range(features):
                t0 += x[m, k] * head[v, k]
                t1 += x[m, k] * head[v + 1, k]
                t2 += x[m, k] * head[v + 2, k]
                t3 += x[m, k] * head[v + 3, k]
            out[m, v], out[m, v + 1], out[m, v + 2], out[m, v + 3] = t0, t1, t2, t3
    for v in range(whole, words):
        for m in range(tokens):
            total = 0.0
            for k in range(features):
                total += x[m, k] * head[v, k]
            out[m, v] = total
    return out
