"""The functional model: a b1.58 decoder whose ternary matmuls are exact integers.

The matmul is a parameter: any two exact backends give the same states, and so the same tokens, bit
for bit. So do prefill and decode.
"""

from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workloads import layers
from workloads.checkpoint import Checkpoint, read_checkpoint
from workloads.decoder_layer import Floats
from workloads.engine.matmul import matmul_packed
from workloads.errors import InputError
from workloads.forward_pass import (
    ForwardPass,
    MatmulBackend,
    MatmulEvent,
    Observer,
)
from workloads.key_value_cache import KeyValueCache
from workloads.tokenizer import Tokenizer, find_tokenizer

__all__ = ["KeyValueCache", "MatmulBackend", "MatmulEvent", "Model", "Observer", "load_model"]


class Model:
    """A checkpoint that computes.

    Parameters
    ----------
    checkpoint : the weights.
    matmul : backend (weight, x int8[M, K]) -> y int32[M, N]; numba on packed weights by default.

    Attributes
    ----------
    shape, config : the checkpoint's.
    tokenizer : of the checkpoint, read at its first use; InputError if there is none.
    """

    def __init__(self, checkpoint: Checkpoint, *, matmul: MatmulBackend = matmul_packed) -> None:
        self.checkpoint, self.matmul = checkpoint, matmul
        self.shape, self.config = checkpoint.shape, checkpoint.config

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The checkpoint's tokenizer; raises InputError."""
        path = find_tokenizer(self.checkpoint.path)
        return Tokenizer(path, self.config.begin_token, vocab=self.shape.vocab)

    def create_cache(self, capacity: int | None = None) -> KeyValueCache:
        """Return an empty cache for `capacity` tokens, by default the model's context."""
        return KeyValueCache(self.shape, self.config.context if capacity is None else capacity)

    def forward(
        self,
        tokens: NDArray[np.integer] | list[int],
        cache: KeyValueCache,
        observer: Observer | None = None,
    ) -> Floats:
        """Run `tokens`, which follow those in `cache`; return the state float64[M, hidden] of each.

        The cache then holds them too. Raises InputError for token ids outside the vocabulary and
        for more tokens than the cache or the context has room for.
        """
        ids = self._check_tokens(tokens, cache)
        weights = self.checkpoint.weights
        x = weights.embedding[ids].astype(np.float64)
        forward_pass = ForwardPass(self.config, self.matmul, cache, observer)
        x = forward_pass.run(weights.layers, x)
        return layers.normalize(x, weights.norm, self.config.norm_epsilon)

    def logits(self, states: Floats) -> Floats:
        """Return the logits float64[M, vocab] of `states` float64[M, hidden]."""
        head = self.checkpoint.weights.head
        logits = np.empty((len(states), self.shape.vocab))
        for rows, block in head.blocks():
            logits[:, rows] = layers.apply_head(states, block)
        return logits

    def _check_tokens(
        self, tokens: NDArray[np.integer] | list[int], cache: KeyValueCache
    ) -> NDArray[np.int64]:
        ids = np.asarray(tokens)
        if ids.ndim != 1 or ids.size == 0 or ids.dtype.kind not in "iu":
            raise InputError(f"tokens must be a list of ints, not {ids.dtype} {ids.shape}")
        if ids.min() < 0 or ids.max() >= self.shape.vocab:
            raise InputError(
                f"tokens must be 0 to {self.shape.vocab - 1}, not {ids.min()} to {ids.max()}"
            )
        room = min(cache.capacity, self.config.context) - cache.length
        if ids.size > room:
            raise InputError(f"tokens must fit in the {room} left of the context, not {ids.size}")
        return ids.astype(np.int64)


def load_model(
    name: str | Path = "tiny",
    *,
    quantize: str | None = None,
    matmul: MatmulBackend = matmul_packed,
) -> Model:
    """Load a shipped model (``tiny``, ``tiny-swiglu``) or a checkpoint; raises InputError.

    `quantize` is ``absmean`` if the user says that a model is ternary whose files do not.
    """
    return Model(read_checkpoint(name, quantize=quantize), matmul=matmul)
