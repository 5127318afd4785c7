"""The engine against golden vectors that others made (tests/golden/make.py, make_one_bit.py)."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from workloads.model import MatmulEvent, Model, load_model
from workloads.quantizer import quantize_activations

FOLDERS = sorted(path.parent for path in Path(__file__).with_name("golden").glob("*/golden.json"))


def load(folder: Path) -> tuple[Model, list[int], dict[str, np.ndarray]]:
    about = json.loads((folder / "golden.json").read_text())
    model = load_model(folder, quantize=about["quantize"])
    return model, about["tokens"], load_file(folder / "golden.safetensors")


def test_every_family_has_vectors() -> None:
    assert len(FOLDERS) == 9


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_integers_are_equal_teacher_forced(folder: Path) -> None:
    model, _, golden = load(folder)
    for linear in model.checkpoint.linears:
        quantized, _ = quantize_activations(golden[f"inputs/{linear.tensor}"])
        assert np.array_equal(quantized, golden[f"quantized/{linear.tensor}"])
        sums = model.matmul(linear.weight, quantized)
        assert np.array_equal(sums, golden[f"sums/{linear.tensor}"])


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_logits_agree(folder: Path) -> None:
    model, tokens, golden = load(folder)
    events: list[MatmulEvent] = []
    logits = model.logits(model.forward(tokens, model.create_cache(), events.append))
    np.testing.assert_allclose(logits, golden["logits"], rtol=0, atol=1e-4)
    assert np.abs(golden["logits"]).max() > 1  # else the tolerance would hide every error
    for event in events:
        assert np.array_equal(event.x, golden[f"quantized/{event.linear.tensor}"])
        assert np.array_equal(event.y, golden[f"sums/{event.linear.tensor}"])
