"""What --model means: a shipped model, a preset's shape, or a checkpoint's folder."""

from dataclasses import dataclass
from pathlib import Path

from workloads.checkpoint import SHIPPED, read_settings
from workloads.errors import InputError
from workloads.shapes import ModelShape, find_preset, load_presets

CHECKPOINTS = "a checkpoint's folder or a .gguf file"
#: What `choose_model` takes, in words.
ACCEPTED = f"{', '.join(SHIPPED)}, a preset (`hwsim models` lists them), {CHECKPOINTS}"


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


def choose_model(
    name: str, *, quantize: str | None = None, accepted: str = ACCEPTED
) -> ModelChoice:
    """Return what `name` stands for: a shipped model, a preset, a checkpoint folder or GGUF file.

    `quantize` is ``absmean`` for a checkpoint whose files do not say that it is ternary; `accepted`
    says what the caller takes. Raises InputError for anything else, and for a checkpoint that is
    not that of a b1.58 model.
    """
    known = name.lower() in map(str.lower, load_presets())
    if known and name not in SHIPPED:  # a folder of this name is ./3B
        if quantize is not None:
            raise InputError(f"quantize must be left out: {name} is only a shape, without weights")
        return ModelChoice(shape=find_preset(name))
    if name not in SHIPPED and (lack := _find_lack(name)):
        raise InputError(f"model must be {accepted}, not {name!r}: {lack}")
    config = read_settings(name, quantize=quantize)
    return ModelChoice(shape=config.shape, checkpoint=name, context=config.context)


def choose_checkpoint(name: str, *, quantize: str | None = None) -> str:
    """Return `name` if it is that of a model with weights; raises InputError as `choose_model`."""
    accepted = f"{', '.join(SHIPPED)}, {CHECKPOINTS}"
    if choose_model(name, quantize=quantize, accepted=accepted).checkpoint is None:
        raise InputError(f"model must be {accepted}, not {name!r}: a preset has no weights")
    return name


def _find_lack(name: str) -> str:
    """Return why no checkpoint can be read from `name`, or nothing."""
    path = Path(name)
    if not name:
        return "it is empty"
    if path.is_dir():
        return "" if (path / "config.json").exists() else "the folder holds no config.json"
    if path.exists():
        return "" if path.suffix == ".gguf" else "the file is of another kind"
    return "there is no such file or folder"


def list_models() -> list[ModelShape]:
    """Return the shipped models' shapes and all presets'."""
    return [*(choose_model(name).shape for name in SHIPPED), *load_presets().values()]
