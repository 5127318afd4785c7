"""A matmul of the shipped model, cut to a size that a test bench can hold."""

import contextlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rtl.config import ArrayConfig
from workloads.model import load_model
from workloads.ternary import TernaryMatrix

PROMPT = "In the beginning God created the heaven and the earth."

#: A vector has so many tokens more than the array holds, so many tiles of columns and lanes, each
#: less one feature: every edge is crossed. Smaller matrices give less.
_EXTRA_TOKENS, _TILES = 1, 2
_MAX_TOKENS = 6


class _FirstMatmul(Exception):
    """Stops the model at its first matmul."""


@dataclass(frozen=True, kw_only=True)
class Vector:
    """One matmul.

    Attributes
    ----------
    x : int8 [M, K].
    w : int8 [N, K] in {-1, 0, +1}.
    y : int32 [M, N] = x @ w.T, exact.
    source : what it is of, in words.
    """

    x: NDArray[np.int8]
    w: NDArray[np.int8]
    y: NDArray[np.int32]
    source: str


def record_vector(config: ArrayConfig) -> Vector:
    """Return the first matmul of the shipped model on `PROMPT`, cut to some tiles of `config`."""
    x, w = _record_matmul()
    tokens = min(config.token_depth + _EXTRA_TOKENS, _MAX_TOKENS)
    reduction = min(_TILES * config.lanes - (config.lanes > 1), config.max_reduction)
    features = (config.strip_depth + 1) * config.columns - (config.columns > 1)
    x = np.ascontiguousarray(x[:tokens, :reduction])
    w = np.ascontiguousarray(w[:features, :reduction])
    y = (x.astype(np.int32) @ w.T.astype(np.int32)).astype(np.int32)
    source = (
        f"tokens 0 to {len(x) - 1}, outputs 0 to {len(w) - 1} and inputs 0 to {x.shape[1] - 1} of "
        f'the first matmul of the shipped model on "{PROMPT}"'
    )
    return Vector(x=x, w=w, y=y, source=source)


def _record_matmul() -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    taken: list[tuple[TernaryMatrix, NDArray[np.int8]]] = []

    def stop(weight: TernaryMatrix, x: NDArray[np.int8]) -> NDArray[np.int32]:
        taken.append((weight, x))
        raise _FirstMatmul

    model = load_model("tiny", matmul=stop)
    tokens = model.tokenizer.encode(PROMPT)
    with contextlib.suppress(_FirstMatmul):
        model.forward(tokens, model.create_cache(len(tokens)))
    ((weight, x),) = taken
    return x, weight.unpack()
