"""The matmuls of a model that is only a shape, with random operands in place of a checkpoint's."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from workloads.errors import InputError, require_int
from workloads.random_matrices import INPUT_OF, derive_seed, random_activations, random_weights
from workloads.shapes import ModelShape
from workloads.ternary import TernaryMatrix
from workloads.trace_format import TracedMatmul

_WEIGHTS, _INPUTS = 0, 1
_NUMBERS = {
    name: number
    for number, name in enumerate(
        ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
    )
}


class SyntheticTrace:
    """What a trace of `shape` would offer, made on demand: iterate, then read inputs and weights.

    Parameters
    ----------
    shape : of the model; with a zero fraction, or `zero_fraction` must be given.
    prefill_tokens : tokens of the first pass, at least 1.
    decode_tokens : single tokens after it.
    zero_fraction : share of zero weights, instead of the shape's.
    seed : of weights and activations.

    Raises
    ------
    InputError : for a number out of range or an unknown share of zeros.
    """

    def __init__(
        self,
        shape: ModelShape,
        *,
        prefill_tokens: int = 1,
        decode_tokens: int = 0,
        zero_fraction: float | None = None,
        seed: int = 0,
    ) -> None:
        self.shape = shape
        self.prefill_tokens = require_int("prefill_tokens", prefill_tokens)
        self.decode_tokens = require_int("decode_tokens", decode_tokens, 0)
        self.seed = require_int("seed", seed, 0)
        fraction = shape.zero_fraction if zero_fraction is None else zero_fraction
        if fraction is None:
            raise InputError(f"zero_fraction must be given, as {shape.name} has none published")
        self.zero_fraction = fraction

    def __len__(self) -> int:
        return (1 + self.decode_tokens) * self.shape.layers * len(self.shape.projections)

    def __iter__(self) -> Iterator[TracedMatmul]:
        index = 0
        for step in range(1 + self.decode_tokens):
            tokens = 1 if step else self.prefill_tokens
            for layer in range(self.shape.layers):
                for name, (n, k) in self.shape.projections.items():
                    yield TracedMatmul(
                        index=index,
                        step=step,
                        phase="decode" if step else "prefill",
                        position=step + self.prefill_tokens - 1 if step else 0,
                        layer=layer,
                        name=name,
                        m=tokens,
                        n=n,
                        k=k,
                        input=f"{step}.{layer}.{INPUT_OF.get(name, name)}",
                        weight=f"layers.{layer}.{name}",
                    )
                    index += 1

    def read_input(self, matmul: TracedMatmul) -> NDArray[np.int8]:
        """Return x int8[M, K]; one and the same for q, k and v, and for gate and up."""
        kind = INPUT_OF.get(matmul.name, matmul.name)
        seed = derive_seed(self.seed, _INPUTS, matmul.step, matmul.layer, _NUMBERS[kind])
        return random_activations(
            matmul.m, matmul.k, kind, seed=seed, activation=self.shape.activation
        )

    def read_weight(self, matmul: TracedMatmul) -> TernaryMatrix:
        """Return w[N, K]; the same in every step."""
        seed = derive_seed(self.seed, _WEIGHTS, matmul.layer, _NUMBERS[matmul.name])
        return random_weights(matmul.n, matmul.k, self.zero_fraction, seed=seed)

    def read_result(self, matmul: TracedMatmul) -> None:
        """Return None: nothing was computed."""
        return None
