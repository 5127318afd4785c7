"""One pass of tokens through the layers of a decoder, and what an observer is told of it.

Quantisers run in float32 and matmuls in integers, as published; everything else in float64.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workloads import layers
from workloads.config import ModelConfig
from workloads.decoder_layer import BitLinear, DecoderLayer, Floats
from workloads.key_value_cache import KeyValueCache
from workloads.quantizer import quantize_activations
from workloads.ternary import TernaryMatrix

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


class ForwardPass:
    """M tokens on their way through the layers.

    Parameters
    ----------
    config : the model's.
    matmul : backend of every ternary projection.
    cache : keys and values before the M tokens; theirs are added to it.
    observer : receives every ternary matmul, or None.
    """

    def __init__(
        self,
        config: ModelConfig,
        matmul: MatmulBackend,
        cache: KeyValueCache,
        observer: Observer | None,
    ) -> None:
        self.config, self.matmul, self.cache, self.observer = config, matmul, cache, observer
        self.gate = {"relu2": layers.gate_relu2, "silu": layers.gate_silu}[config.shape.activation]

    def run(self, stack: tuple[DecoderLayer, ...], x: Floats) -> Floats:
        """Return the states after all layers of x float64[M, hidden]; x is overwritten."""
        positions = range(self.cache.length, self.cache.length + len(x))
        self.cache.reserve(positions.stop)
        self.rotations = layers.compute_rotations(
            positions, self.config.shape.head_dim, self.config.rope_theta
        )
        for index, layer in enumerate(stack):
            x += self._attend(index, layer, x)
            x += self._feed_forward(index, layer, x)
        self.cache.length += len(x)
        self.cache.steps += 1
        return x

    def _attend(self, index: int, layer: DecoderLayer, x: Floats) -> Floats:
        """Grouped-query attention: what is added to x float64[M, hidden]."""
        tokens, shape = len(x), self.config.shape
        span = slice(self.cache.length, self.cache.length + tokens)
        cos, sin = self.rotations
        normed = self._normalize(x, layer.input_norm)
        q, k, v = self._project(index, layer, ("q_proj", "k_proj", "v_proj"), normed)
        queries = q.reshape(tokens, shape.heads, shape.head_dim)
        new_keys = k.reshape(tokens, shape.kv_heads, shape.head_dim)
        new_values = v.reshape(tokens, shape.kv_heads, shape.head_dim)
        layers.rotate(queries, cos, sin)
        layers.rotate(new_keys, cos, sin)
        keys, values = self.cache.open_layer(index)
        keys[:, span] = new_keys.swapaxes(0, 1)
        values[:, span] = new_values.swapaxes(0, 1)
        mixed = layers.attend(queries, keys, values, span.start).reshape(tokens, -1)
        mixed = self._normalize(mixed, layer.attention_norm)
        return self._project(index, layer, ("o_proj",), mixed)[0]

    def _feed_forward(self, index: int, layer: DecoderLayer, x: Floats) -> Floats:
        """Gated feed-forward: what is added to x float64[M, hidden]."""
        normed = self._normalize(x, layer.post_attention_norm)
        gated = self.gate(*self._project(index, layer, ("gate_proj", "up_proj"), normed))
        gated = self._normalize(gated, layer.ffn_norm)
        return self._project(index, layer, ("down_proj",), gated)[0]

    def _normalize(self, x: Floats, weight: Floats | None) -> Floats:
        if weight is None:
            return x
        return layers.normalize(x, weight, self.config.norm_epsilon)

    def _project(
        self, index: int, layer: DecoderLayer, names: tuple[str, ...], x: Floats
    ) -> list[Floats]:
        """Quantise x float64[M, K], once for all projections of one norm, and apply them to it."""
        outputs: list[Floats] = []
        last: BitLinear | None = None
        for name in names:
            linear = layer.linears[name]
            if last is None or linear.norm is not last.norm:
                quantized, scales = self._quantize(linear, x)
            last = linear
            y = self.matmul(linear.weight, quantized)
            if self.observer is not None:
                event = MatmulEvent(
                    step=self.cache.steps,
                    phase="decode" if len(x) == 1 and self.cache.length else "prefill",
                    position=self.cache.length,
                    layer=index,
                    name=name,
                    x=quantized,
                    scales=scales,
                    linear=linear,
                    y=y,
                )
                self.observer(event)
            outputs.append(y * (linear.scale / scales.astype(np.float64))[:, None])
        return outputs

    def _quantize(
        self, linear: BitLinear, x: Floats
    ) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
        if linear.norm is not None:
            x = layers.normalize(x, linear.norm, self.config.layout.inner_norm_epsilon)
        return quantize_activations(x)
