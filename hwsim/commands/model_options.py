"""The option --model, for what each command can do with it, and how the shell completes it."""

from collections.abc import Callable
from typing import Any

import click

from hwsim.commands.completion import complete_names


def _model_option(default: str, meaning: str, *, presets: bool = True) -> Callable[[Any], Any]:
    """Return the option; its values complete to names, or else to the files that the shell sees."""

    def list_names() -> list[str]:
        from workloads.checkpoint import SHIPPED
        from workloads.shapes import load_presets

        return [*SHIPPED, *(load_presets() if presets else ())]

    complete = complete_names(list_names, or_files=True)
    return click.option("--model", default=default, help=meaning, shell_complete=complete)


_SHIPPED = "tiny or tiny-swiglu (the shipped models)"
_CHECKPOINTS = "a checkpoint's folder, or a .gguf file"

#: A model with weights.
checkpoint_option = _model_option("tiny", f"{_SHIPPED}, {_CHECKPOINTS}.", presets=False)
#: A model with weights or only a shape, by default the first or the second.
traced_option = _model_option("tiny", f"{_SHIPPED}, {_CHECKPOINTS}; or a preset's shape.")
model_option = _model_option("3B", f"{_SHIPPED}, a preset (see `hwsim models`), {_CHECKPOINTS}.")
#: A model, or what was recorded of one.
subject_option = _model_option(
    "3B",
    f"{_SHIPPED}, a preset (see `hwsim models`), a checkpoint's folder, a .gguf file, a "
    "config.json, or a trace's folder.",
)
