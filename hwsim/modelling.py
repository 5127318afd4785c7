"""What --model means: a shipped model, a preset's shape, or a checkpoint's folder."""

from dataclasses import dataclass
from pathlib import Path

from workloads.checkpoint import SHIPPED, read_settings
from workloads.errors import InputError
from workloads.shapes import ModelShape, find_preset, load_presets


@dataclass(frozen=True, kw_only=True)
class ModelChoice:
    """A shape and, where weights exist, the checkpoint's folder.

    Attributes
    ----------
    checkpoint : what `workloads.model.load_model` takes, or None for a model that is only a shape.
    context : largest number of tokens that attend to each other, None if unlimited.
    """

    shape: ModelShape
    checkpoint: str | None = None
    context: int | None = None


def choose_model(name: str, *, quantize: str | None = None) -> ModelChoice:
    """Return what `name` stands for: a shipped model, a preset, a checkpoint folder or GGUF file.

    `quantize` is ``absmean`` for a checkpoint whose files do not say that it is ternary. Raises
    InputError for anything else, and for a checkpoint that is not that of a b1.58 model.
    """
    if not name:
        raise InputError("model must be a preset, a checkpoint folder or a .gguf file, not ''")
    known = name.lower() in map(str.lower, load_presets())
    if known and name not in SHIPPED:  # a folder of this name is ./3B
        if quantize is not None:
            raise InputError(f"quantize must be left out: {name} is only a shape, without weights")
        return ModelChoice(shape=find_preset(name))
    if name in SHIPPED or Path(name).is_dir() or Path(name).suffix == ".gguf":
        config = read_settings(name, quantize=quantize)
        return ModelChoice(shape=config.shape, checkpoint=name, context=config.context)
    if "/" in name or Path(name).exists():
        raise InputError(f"model must be a checkpoint folder or a .gguf file, not {name!r}")
    return ModelChoice(shape=find_preset(name))


def list_models() -> list[ModelShape]:
    """Return the shipped models' shapes and all presets'."""
    return [*(choose_model(name).shape for name in SHIPPED), *load_presets().values()]
