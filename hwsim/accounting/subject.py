"""What `hwsim energy --model` means: a preset, config.json, checkpoint, or trace."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hwsim import modelling
from workloads.checkpoint import find_checkpoint, read_checkpoint
from workloads.config import read_config
from workloads.errors import InputError
from workloads.shapes import ModelShape
from workloads.trace_format import MANIFEST

if TYPE_CHECKING:
    from workloads.trace import Trace


#: What `find_subject` takes, in words.
ACCEPTED = f"{modelling.ACCEPTED}, a config.json or a trace's folder"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A model, and what is known of its data.

    Attributes
    ----------
    shape : with the share of zero weights, if that is published or was counted.
    zero_source : where that share comes from.
    context : largest number of tokens that attend to each other, None if unlimited.
    trace : the run that was recorded, or None.
    """

    shape: ModelShape
    zero_source: str = ""
    context: int | None = None
    trace: "Trace | None" = None

    @property
    def passes(self) -> tuple[tuple[int, int], ...]:
        """Tokens and context of every forward pass of the trace."""
        if self.trace is None:
            return ()
        steps = self.trace.matmuls.groupby("step")[["m", "position"]].first()
        return tuple((int(m), int(position + m)) for m, position in steps.to_numpy())


def find_subject(
    model: "str | Path | ModelShape | Subject", *, quantize: str | None = None
) -> Subject:
    """Return what `model` stands for; raises InputError for anything unknown or damaged.

    `quantize` is ``absmean`` for a checkpoint or config.json that does not say that it is ternary.
    """
    if isinstance(model, Subject):
        return model
    if isinstance(model, ModelShape):
        return Subject(shape=model, zero_source=model.source)
    path = Path(model)
    if (path / MANIFEST).is_file():
        if quantize is not None:
            raise InputError(f"quantize must be left out: {model} is a trace, ternary already")
        return _read_trace(path)
    if path.suffix == ".json" and path.is_file():
        config = read_config(path, quantize=quantize)
        return Subject(shape=config.shape, context=config.context)
    choice = modelling.choose_model(str(model), quantize=quantize, accepted=ACCEPTED)
    if choice.checkpoint is None:
        return Subject(shape=choice.shape, zero_source=choice.shape.source)
    place = find_checkpoint(choice.checkpoint)
    if place.is_dir() and not any(place.glob("*.safetensors")):
        return Subject(shape=choice.shape, context=choice.context)
    shape = read_checkpoint(choice.checkpoint, quantize=quantize).shape
    return Subject(shape=shape, zero_source="counted in the checkpoint", context=choice.context)


def _read_trace(path: Path) -> Subject:
    from workloads.trace import Trace

    trace = Trace(path)
    weights = trace.matmuls.drop_duplicates("weight")
    zeros = int(weights["weight_zeros"].sum()) / int((weights["n"] * weights["k"]).sum())
    shape = replace(trace.shape, zero_fraction=zeros)
    return Subject(shape=shape, zero_source="counted in the trace's weights", trace=trace)
