"""The functional model: a b1.58 decoder whose ternary matmuls are exact integers.

Quantisers run in float32 and matmuls in integers, as published; everything else in float64. The
matmul is a parameter: any two backends give the same tokens bit for bit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workloads import layers
from workloads.checkpoint import BitLinear, Checkpoint, DecoderLayer, read_checkpoint
from workloads.config import ModelConfig
from workloads.errors import InputError, require_int
from workloads.kernels import matmul_packed
from workloads.quantizer import quantize_activations
from workloads.shapes import ModelShape
from workloads.ternary import TernaryMatrix
from workloads.tokenizer import Tokenizer

Floats = NDArray[np.float64]
MatmulBackend = Callable[[TernaryMatrix, NDArray[np.int8]], NDArray[np.int32]]


@dataclass(frozen=True, kw_only=True, eq=False)
class MatmulEvent:
    """One ternary matmul as it took place: what an observer receives.

    Attributes
    ----------
    step : forward passes of this cache before this one.
    phase : ``decode`` for a single token that follows others, else ``prefill``.
    position : of the first of the M tokens.
    name : projection, ``q_proj`` to ``down_proj``.
    x : int8[M, K]; q, k and v, or gate and up, receive the same array.
    scales : float32[M], 127 over each token's largest magnitude: input ~ x / scales[:, None].
    y : int32[M, N].
    """

    step: int
    phase: str
    position: int
    layer: int
    name: str
    x: NDArray[np.int8]
    scales: NDArray[np.float32]
    linear: BitLinear
    y: NDArray[np.int32]


Observer = Callable[[MatmulEvent], None]


class KeyValueCache:
    """Keys and values of the tokens that a model has seen.

    Attributes
    ----------
    length : tokens held.
    steps : forward passes done.
    keys, values : float64[layers, kv_heads, capacity, head_dim].
    """

    def __init__(self, shape: ModelShape, capacity: int) -> None:
        self.capacity = require_int("capacity", capacity)
        self.length = 0
        self.steps = 0
        self.keys = np.empty((shape.layers, shape.kv_heads, capacity, shape.head_dim))
        self.values = np.empty_like(self.keys)


class Model:
    """A checkpoint that computes.

    Parameters
    ----------
    checkpoint : the weights.
    matmul : backend (weight, x int8[M, K]) -> y int32[M, N]; numba on packed weights by default.

    Attributes
    ----------
    shape, config : the checkpoint's.
    tokenizer : of the checkpoint's folder, read at its first use; InputError if there is none.
    """

    def __init__(self, checkpoint: Checkpoint, *, matmul: MatmulBackend = matmul_packed) -> None:
        self.checkpoint = checkpoint
        self.matmul = matmul
        self.config: ModelConfig = checkpoint.config
        self.shape: ModelShape = checkpoint.shape
        self._rotations = layers.compute_rotations(
            self.config.context, self.shape.head_dim, self.config.rope_theta
        )

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The checkpoint's tokenizer; raises InputError."""
        return Tokenizer(self.checkpoint.folder / "tokenizer.json", self.config.begin_token)

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
        run = _ForwardPass(self, cache, observer, len(ids))
        x = self.checkpoint.embedding[ids].astype(np.float64)
        for index, layer in enumerate(self.checkpoint.layers):
            x += run.attention(index, layer, x)
            x += run.feed_forward(index, layer, x)
        cache.length += len(ids)
        cache.steps += 1
        return layers.normalize(x, self.checkpoint.norm, self.config.norm_epsilon)

    def logits(self, states: Floats) -> Floats:
        """Return the logits float64[M, vocab] of `states` float64[M, hidden]."""
        return layers.apply_head(states, self.checkpoint.head)

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


class _ForwardPass:
    """The two halves of a layer, for one pass over M tokens."""

    def __init__(
        self, model: Model, cache: KeyValueCache, observer: Observer | None, tokens: int
    ) -> None:
        self.model, self.cache, self.observer = model, cache, observer
        self.shape, self.config = model.shape, model.config
        self.span = slice(cache.length, cache.length + tokens)
        self.phase = "decode" if tokens == 1 and cache.length else "prefill"
        self.cos, self.sin = (table[self.span] for table in model._rotations)
        self.gate = {"relu2": layers.gate_relu2, "silu": layers.gate_silu}[self.config.activation]

    def attention(self, index: int, layer: DecoderLayer, x: Floats) -> Floats:
        """Grouped-query attention; returns what is added to x float64[M, hidden]."""
        tokens, shape = x.shape[0], self.shape
        normed = layers.normalize(x, layer.input_norm, self.config.norm_epsilon)
        q, k, v = self.project(index, layer, ("q_proj", "k_proj", "v_proj"), normed)
        queries = q.reshape(tokens, shape.heads, shape.head_dim)
        new_keys = k.reshape(tokens, shape.kv_heads, shape.head_dim)
        new_values = v.reshape(tokens, shape.kv_heads, shape.head_dim)
        layers.rotate(queries, self.cos, self.sin)
        layers.rotate(new_keys, self.cos, self.sin)
        keys, values = self.cache.keys[index], self.cache.values[index]
        keys[:, self.span] = new_keys.swapaxes(0, 1)
        values[:, self.span] = new_values.swapaxes(0, 1)
        mixed = layers.attend(queries, keys, values, self.span.start).reshape(tokens, -1)
        if layer.attention_norm is not None:
            mixed = layers.normalize(mixed, layer.attention_norm, self.config.norm_epsilon)
        return self.project(index, layer, ("o_proj",), mixed)[0]

    def feed_forward(self, index: int, layer: DecoderLayer, x: Floats) -> Floats:
        """Gated feed-forward; returns what is added to x float64[M, hidden]."""
        normed = layers.normalize(x, layer.post_attention_norm, self.config.norm_epsilon)
        gated = self.gate(*self.project(index, layer, ("gate_proj", "up_proj"), normed))
        if layer.ffn_norm is not None:
            gated = layers.normalize(gated, layer.ffn_norm, self.config.norm_epsilon)
        return self.project(index, layer, ("down_proj",), gated)[0]

    def project(
        self, index: int, layer: DecoderLayer, names: tuple[str, ...], x: Floats
    ) -> list[Floats]:
        """Quantise x float64[M, K] once and apply the named projections to it."""
        quantized, scales = quantize_activations(x)
        outputs = []
        for name in names:
            linear = layer.linears[name]
            y = self.model.matmul(linear.weight, quantized)
            if self.observer is not None:
                self.observer(
                    MatmulEvent(
                        step=self.cache.steps,
                        phase=self.phase,
                        position=self.span.start,
                        layer=index,
                        name=name,
                        x=quantized,
                        scales=scales,
                        linear=linear,
                        y=y,
                    )
                )
            outputs.append(y * (linear.scale / scales.astype(np.float64))[:, None])
        return outputs


def load_model(name: str | Path = "tiny", *, matmul: MatmulBackend = matmul_packed) -> Model:
    """Load a shipped model (``tiny``) or a checkpoint folder; raises InputError, in one line."""
    return Model(read_checkpoint(name), matmul=matmul)
