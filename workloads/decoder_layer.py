"""The weights of a decoder, whatever file they came from."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from workloads.float_matrix import FloatMatrix
from workloads.ternary import TernaryMatrix

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class BitLinear:
    """A ternary projection: W[N, K] ~ weight * scale.

    Attributes
    ----------
    tensor : its name in the checkpoint; no two projections share one.
    norm : float64[K], of an RMSNorm before the quantiser, or None. Projections that share an
        input share the array too, if their norms are equal by design.
    """

    tensor: str
    weight: TernaryMatrix
    scale: float
    norm: Floats | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class DecoderLayer:
    """The weights of one layer.

    Attributes
    ----------
    linears : by projection, ``q_proj`` to ``down_proj``.
    input_norm, post_attention_norm : float64[hidden], or None.
    attention_norm : float64[heads * head_dim], applied before ``o_proj``, or None.
    ffn_norm : float64[intermediate], applied before ``down_proj``, or None.
    """

    linears: dict[str, BitLinear]
    input_norm: Floats | None
    post_attention_norm: Floats | None
    attention_norm: Floats | None = None
    ffn_norm: Floats | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class DecoderWeights:
    """All weights of a model.

    Attributes
    ----------
    embedding, head : [vocab, hidden], one and the same if tied.
    norm : float64[hidden], before the head.
    """

    layers: tuple[DecoderLayer, ...]
    embedding: FloatMatrix
    head: FloatMatrix
    norm: Floats


@cache
def make_plain_norm(size: int) -> Floats:
    """Return the one array that stands for a norm without weights, float64[size]."""
    return np.ones(size)
