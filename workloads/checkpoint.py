"""A checkpoint: a model's settings and weights, read from config.json and safetensors.

Everything is checked before any work: each tensor's presence, type, shape and content. Ternary
weights stay packed, and stay in the mapped file where the file holds them packed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workloads.checkpoint_tensors import CheckpointTensors
from workloads.config import Layout, ModelConfig, read_config
from workloads.errors import InputError
from workloads.shapes import ModelShape
from workloads.ternary import CODES_PER_BYTE, TernaryMatrix, quantize_weights

SHIPPED = ("tiny",)

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class BitLinear:
    """A ternary projection: W[N, K] ~ weight * scale; `tensor` is its name in the checkpoint."""

    tensor: str
    weight: TernaryMatrix
    scale: float


@dataclass(frozen=True, kw_only=True, eq=False)
class DecoderLayer:
    """The weights of one layer.

    Attributes
    ----------
    linears : by projection, ``q_proj`` to ``down_proj``.
    input_norm, post_attention_norm : float64[hidden].
    attention_norm : float64[heads * head_dim], applied before ``o_proj``, or None.
    ffn_norm : float64[intermediate], applied before ``down_proj``, or None.
    """

    linears: dict[str, BitLinear]
    input_norm: Floats
    post_attention_norm: Floats
    attention_norm: Floats | None
    ffn_norm: Floats | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Checkpoint:
    """A model's weights and settings.

    Attributes
    ----------
    source : how to find it again: the shipped model's name, or the folder.
    folder : where it lies.
    config : what config.json says; its shape has the zero fraction counted in the weights.
    embedding, head : float32[vocab, hidden], one and the same if tied. Exact, as files hold at most
        float32.
    norm : float64[hidden], before the head.
    """

    source: str
    folder: Path
    config: ModelConfig
    layers: tuple[DecoderLayer, ...]
    embedding: NDArray[np.float32]
    head: NDArray[np.float32]
    norm: Floats

    @property
    def shape(self) -> ModelShape:
        """The model's sizes."""
        return self.config.shape

    @property
    def linears(self) -> Iterator[BitLinear]:
        """Every ternary projection, layer by layer."""
        for layer in self.layers:
            yield from layer.linears.values()


def find_checkpoint(name: str | Path) -> Path:
    """Return the folder of a shipped model (``tiny``) or of a path; raises InputError."""
    if str(name) in SHIPPED:
        return Path(str(files("workloads").joinpath(str(name))))
    if not Path(name).is_dir():
        raise InputError(f"model must be {', '.join(SHIPPED)} or a checkpoint folder, not {name!s}")
    return Path(name)


def read_checkpoint(name: str | Path) -> Checkpoint:
    """Read and check a shipped model or a folder; raises InputError, in one line."""
    folder = find_checkpoint(name)
    config = read_config(folder / "config.json")
    tensors = CheckpointTensors(folder)
    shape = config.shape
    embedding = tensors.read_floats("model.embed_tokens.weight", (shape.vocab, shape.hidden))
    head = embedding
    if not shape.tied:
        head = tensors.read_floats("lm_head.weight", (shape.vocab, shape.hidden))
    norm = tensors.read_norm("model.norm", shape.hidden)
    layers = tuple(
        _read_layer(tensors, config, f"model.layers.{index}.") for index in range(shape.layers)
    )
    tensors.refuse_unread(config.layout.name)
    zeros = sum(linear.weight.zeros for layer in layers for linear in layer.linears.values())
    shape = replace(shape, zero_fraction=zeros / shape.ternary_weights)
    return Checkpoint(
        source=str(name) if str(name) in SHIPPED else str(folder.resolve()),
        folder=folder,
        config=replace(config, shape=shape),
        layers=layers,
        embedding=embedding,
        head=head,
        norm=norm,
    )


def _read_layer(tensors: CheckpointTensors, config: ModelConfig, prefix: str) -> DecoderLayer:
    shape, layout = config.shape, config.layout
    linears = {}
    for name, (n, k) in shape.projections.items():
        block = "self_attn" if name in ("q_proj", "k_proj", "v_proj", "o_proj") else "mlp"
        linears[name] = _read_linear(tensors, layout, f"{prefix}{block}.{name}.weight", n, k)
    attention_norm = ffn_norm = None
    if layout.attention_norm:
        size = shape.heads * shape.head_dim
        attention_norm = tensors.read_norm(f"{prefix}self_attn.{layout.attention_norm}", size)
    if layout.ffn_norm:
        ffn_norm = tensors.read_norm(f"{prefix}mlp.{layout.ffn_norm}", shape.intermediate)
    return DecoderLayer(
        linears=linears,
        input_norm=tensors.read_norm(f"{prefix}input_layernorm", shape.hidden),
        post_attention_norm=tensors.read_norm(f"{prefix}post_attention_layernorm", shape.hidden),
        attention_norm=attention_norm,
        ffn_norm=ffn_norm,
    )


def _read_linear(
    tensors: CheckpointTensors, layout: Layout, name: str, n: int, k: int
) -> BitLinear:
    if not layout.packed:
        ternary, scale = quantize_weights(tensors.read_floats(name, (n, k)))
        return BitLinear(
            tensor=name, weight=TernaryMatrix.from_ternary(ternary), scale=float(scale)
        )
    packed = tensors.read(name, (-(-n // CODES_PER_BYTE), k), ("U8",))
    try:
        weight = TernaryMatrix(packed=packed, rows=n)
    except InputError as error:
        tensors.refuse(name, f"is damaged: {error}")
    if weight.zeros == n * k:
        tensors.refuse(name, "holds nothing but zero weights")
    stored = float(tensors.read_floats(f"{name}_scale", (1,))[0])
    if stored <= 0:
        tensors.refuse(f"{name}_scale", f"must be positive, not {stored}")
    return BitLinear(
        tensor=name, weight=weight, scale=1 / stored if layout.scale == "divide" else stored
    )
