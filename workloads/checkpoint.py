"""Reading a checkpoint: a folder with config.json and safetensors, single or sharded.

Everything is checked before any work: each tensor's presence, type, shape and content. Ternary
weights stay packed, and stay in the mapped file where the file holds them packed.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from workloads.config import Layout, ModelConfig, read_config
from workloads.errors import InputError
from workloads.shapes import ModelShape
from workloads.tensor_file import TensorFile
from workloads.ternary import CODES_PER_BYTE, TernaryMatrix, quantize_weights

SHIPPED = ("tiny",)
WEIGHTS_NAME, INDEX_NAME = "model.safetensors", "model.safetensors.index.json"
# Present in some files, but made from config.json or from the embedding.
_IGNORED = ("rotary_emb.inv_freq", "lm_head.weight")

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
    tensors = _Tensors(folder)
    shape = config.shape
    embedding = tensors.read_floats("model.embed_tokens.weight", (shape.vocab, shape.hidden))
    head = embedding
    if not shape.tied:
        head = tensors.read_floats("lm_head.weight", (shape.vocab, shape.hidden))
    norm = tensors.read_norm("model.norm", shape.hidden)
    layers = tuple(
        _read_layer(tensors, config, f"model.layers.{index}.") for index in range(shape.layers)
    )
    tensors.refuse_unread(config.layout)
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


def _read_layer(tensors: "_Tensors", config: ModelConfig, prefix: str) -> DecoderLayer:
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


def _read_linear(tensors: "_Tensors", layout: Layout, name: str, n: int, k: int) -> BitLinear:
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


class _Tensors:
    """The tensors of a folder by name, whichever file holds them; keeps track of what was read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._unread: dict[str, TensorFile] = {}
        self._files: dict[str, TensorFile] = {}
        for file in self._open_files():
            for name in file:
                if name in self._files:
                    raise InputError(
                        f"{file.path}: holds tensor {name!r}, as {self._files[name].path.name} does"
                    )
                self._files[name] = file
        self._unread = dict(self._files)

    def read(self, name: str, shape: tuple[int, ...], dtypes: tuple[str, ...]) -> NDArray[Any]:
        if name not in self._files:
            raise InputError(f"{self._folder}: no tensor {name!r} in its safetensors files")
        self._unread.pop(name, None)
        entry = self._files[name].entries[name]
        if entry.dtype not in dtypes:
            self.refuse(name, f"must be {' or '.join(dtypes)}, not {entry.dtype}")
        if entry.shape != shape:
            self.refuse(name, f"must have shape {shape} by config.json, not {entry.shape}")
        array = self._files[name].read(name)
        if not array.any():
            self.refuse(name, "holds nothing but zero bytes")
        return array

    def read_floats(self, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        array = self.read(name, shape, ("BF16", "F16", "F32")).astype(np.float32, copy=False)
        if not np.isfinite(array).all():
            self.refuse(name, "holds infinite values or NaN")
        return array

    def read_norm(self, name: str, size: int) -> Floats:
        return self.read_floats(f"{name}.weight", (size,)).astype(np.float64)

    def refuse(self, name: str, problem: str) -> NoReturn:
        raise InputError(f"{self._files[name].path}: tensor {name!r} {problem}")

    def refuse_unread(self, layout: Layout) -> None:
        """Raise if a tensor was not asked for: config.json is then of another model."""
        for name in self._unread:
            if not name.endswith(_IGNORED):
                self.refuse(name, f"has no place in a {layout.name} model of config.json's sizes")

    def _open_files(self) -> list[TensorFile]:
        index = self._folder / INDEX_NAME
        if not index.exists():
            return [TensorFile(self._folder / WEIGHTS_NAME)]
        try:
            weight_map = json.loads(index.read_bytes())["weight_map"]
            paths = {self._folder / name for name in weight_map.values()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(f"{index}: cannot be read as an index of shards ({error})") from None
        return [TensorFile(path) for path in sorted(paths)]
