"""The measured distributions of activations belong to the shipped models."""

import json
from typing import Any

import numpy as np
import pytest

from workloads.checkpoint import SHIPPED, find_checkpoint
from workloads.histograms import hash_file, measure_histograms
from workloads.model import load_model
from workloads.random_matrices import HISTOGRAMS_JSON
from workloads.shapes import ACTIVATIONS

RECORDS = json.loads(HISTOGRAMS_JSON.read_text(encoding="utf-8"))["models"].values()
INPUTS = ["q_proj", "o_proj", "gate_proj", "down_proj"]


def find_record(name: str) -> dict[str, Any]:
    return next(record for record in RECORDS if record["model"] == name)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_file_was_measured_on_the_shipped_models(name: str) -> None:
    folder, record = find_checkpoint(name), find_record(name)
    assert record["model_sha256"] == hash_file(folder / "model.safetensors")
    assert record["text_sha256"] == hash_file(folder / "heldout.txt")
    assert list(record["histograms"]) == INPUTS


def test_every_activation_has_one_model() -> None:
    assert len(RECORDS) == len(SHIPPED) == len(ACTIVATIONS)
    measured = json.loads(HISTOGRAMS_JSON.read_text(encoding="utf-8"))["models"]
    for activation, record in measured.items():
        assert load_model(record["model"]).shape.activation == activation


def test_relu2_makes_most_inputs_of_down_proj_zero() -> None:
    zeros = {
        name: {key: counts[128] / sum(counts) for key, counts in record["histograms"].items()}
        for name in SHIPPED
        if (record := find_record(name))
    }
    assert zeros["tiny"]["down_proj"] > 0.75 > 0.35 > zeros["tiny-swiglu"]["down_proj"]
    for name in ("q_proj", "o_proj", "gate_proj"):
        assert max(zeros["tiny"][name], zeros["tiny-swiglu"][name]) < 0.02


@pytest.mark.parametrize("name", SHIPPED)
def test_a_part_of_the_text_gives_nearly_the_same(name: str) -> None:
    model = load_model(name)
    text = (model.checkpoint.folder / "heldout.txt").read_bytes().decode()[:6000]
    measured = measure_histograms(model, text)
    assert list(measured) == INPUTS
    for projection, counts in measured.items():
        expected = find_record(name)["histograms"][projection]
        part, whole = np.array(counts) / np.sum(counts), np.array(expected) / np.sum(expected)
        assert np.abs(part - whole).sum() / 2 < 0.05  # total variation


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_the_whole_text_gives_the_file(name: str) -> None:
    model = load_model(name)
    text = (model.checkpoint.folder / "heldout.txt").read_bytes().decode()
    assert measure_histograms(model, text) == find_record(name)["histograms"]
