"""A checkpoint: a model's settings and weights, read from its files.

Everything is checked before any work: each tensor's presence, type, shape and content. Ternary
weights stay packed, and stay in the mapped file where the file holds them packed; float masters
are quantised one at a time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from workloads import gguf_weights, hugging_face, olmo_weights
from workloads.checkpoint_tensors import CheckpointTensors
from workloads.config import ModelConfig, read_config
from workloads.decoder_layer import BitLinear, DecoderLayer, DecoderWeights
from workloads.errors import InputError
from workloads.gguf_config import parse_metadata
from workloads.gguf_file import GgufFile
from workloads.gguf_tensors import GgufTensors
from workloads.olmo import OLMO
from workloads.shapes import ModelShape

__all__ = ["BitLinear", "Checkpoint", "DecoderLayer", "find_checkpoint", "read_checkpoint"]

SHIPPED = ("tiny", "tiny-swiglu")


@dataclass(frozen=True, kw_only=True, eq=False)
class Checkpoint:
    """A model's weights and settings.

    Attributes
    ----------
    source : how to find it again: a shipped model's name, the folder, or the GGUF file.
    path : the folder or the GGUF file.
    config : what config.json says; its shape has the zero fraction counted in the weights.
    quantize : what the user said of weights whose files do not say it, or None.
    weights : of the layers, the embedding, the head and the norm before it.
    """

    source: str
    path: Path
    config: ModelConfig
    weights: DecoderWeights
    quantize: str | None = None

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self.path.parent if self.path.is_file() else self.path

    @property
    def shape(self) -> ModelShape:
        """The model's sizes."""
        return self.config.shape

    @property
    def linears(self) -> Iterator[BitLinear]:
        """Every ternary projection, layer by layer."""
        for layer in self.weights.layers:
            yield from layer.linears.values()


def find_checkpoint(name: str | Path) -> Path:
    """Return where a shipped model, a folder or a GGUF file lies; raises InputError."""
    if str(name) in SHIPPED:
        return Path(str(files("workloads").joinpath(str(name))))
    path = Path(name)
    if path.is_dir() or (path.is_file() and path.suffix == ".gguf"):
        return path
    raise InputError(
        f"model must be {', '.join(SHIPPED)}, a checkpoint folder or a .gguf file, not {name!s}"
    )


def read_settings(name: str | Path, *, quantize: str | None = None) -> ModelConfig:
    """Read a checkpoint's settings without its weights; arguments as of `read_checkpoint`."""
    path = find_checkpoint(name)
    if path.is_file():
        return parse_metadata(GgufFile(path), quantize)
    return read_config(path / "config.json", quantize=quantize)


def read_checkpoint(name: str | Path, *, quantize: str | None = None) -> Checkpoint:
    """Read and check a shipped model, a folder or a GGUF file; raises InputError, in one line.

    `quantize` is ``absmean`` if the user says that a model is ternary whose files do not.
    """
    path = find_checkpoint(name)
    config, weights = (_read_gguf if path.is_file() else _read_folder)(path, quantize)
    checkpoint = Checkpoint(
        source=str(name) if str(name) in SHIPPED else str(path.resolve()),
        path=path,
        config=config,
        weights=weights,
        quantize=quantize,
    )
    zeros = sum(linear.weight.zeros for linear in checkpoint.linears)
    shape = replace(config.shape, zero_fraction=zeros / config.shape.ternary_weights)
    return replace(checkpoint, config=replace(config, shape=shape))


def _read_folder(folder: Path, quantize: str | None) -> tuple[ModelConfig, DecoderWeights]:
    config = read_config(folder / "config.json", quantize=quantize)
    tensors = CheckpointTensors(folder)
    family = olmo_weights if config.layout.name == OLMO else hugging_face
    weights = family.read_weights(tensors, config)
    tensors.refuse_unread(config.layout.name)
    return config, weights


def _read_gguf(path: Path, quantize: str | None) -> tuple[ModelConfig, DecoderWeights]:
    file = GgufFile(path)
    config = parse_metadata(file, quantize)
    tensors = GgufTensors(file)
    weights = gguf_weights.read_weights(tensors, config)
    tensors.refuse_unread(config.layout.name)
    return config, weights
