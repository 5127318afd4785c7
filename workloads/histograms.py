"""Measures the shipped models' activations, for synthetic ones to be drawn from.

python -m workloads.histograms

runs each shipped model over its held-out text and writes activation_histograms.json.
"""

import hashlib
import json
from pathlib import Path

from workloads.checkpoint import SHIPPED
from workloads.evaluation import split_windows
from workloads.files import write_file
from workloads.model import MatmulEvent, Model, load_model
from workloads.random_matrices import HISTOGRAMS_JSON, INPUT_OF
from workloads.statistics import ActivationStatistics

TEXT_NAME = "heldout.txt"


def measure_histograms(model: Model, text: str) -> dict[str, list[int]]:
    """Count the int8 inputs of each projection over `text`, all layers together.

    Returns 256 counts, of -128 to 127, under the first projection that takes an input.
    """
    counts: dict[str, ActivationStatistics] = {}

    def count(event: MatmulEvent) -> None:
        if event.name not in INPUT_OF:
            counts.setdefault(event.name, ActivationStatistics()).add(event.x)

    for window in split_windows(model, text, model.config.context):
        model.forward(window[:-1], model.create_cache(), count)
    return {name: counts[name].histogram.tolist() for name in counts}


def main() -> None:
    """Measure the shipped models and write the file."""
    models = [load_model(name) for name in SHIPPED]
    record = {
        "source": "written by python -m workloads.histograms: int8 inputs of the shipped models'"
        " ternary matmuls over their held-out text, by activation; counts of -128 to 127",
        "models": {model.shape.activation: _measure(model) for model in models},
    }
    with write_file(HISTOGRAMS_JSON, overwrite=True) as aside:
        aside.write_text(json.dumps(record) + "\n", encoding="utf-8")
    print(f"wrote {HISTOGRAMS_JSON}")


def _measure(model: Model) -> dict[str, object]:
    folder = model.checkpoint.folder
    text = (folder / TEXT_NAME).read_bytes()
    return {
        "model": model.checkpoint.source,
        "model_sha256": hash_file(folder / "model.safetensors"),
        "text_sha256": hashlib.sha256(text).hexdigest(),
        "histograms": measure_histograms(model, text.decode("utf-8")),
    }


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    main()
