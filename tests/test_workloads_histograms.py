"""The measured distribution of activations belongs to the shipped model."""

import json

import numpy as np
import pytest

from workloads.checkpoint import find_checkpoint
from workloads.histograms import hash_file, measure_histograms
from workloads.model import load_model
from workloads.random_matrices import HISTOGRAMS_JSON

RECORD = json.loads(HISTOGRAMS_JSON.read_text(encoding="utf-8"))
INPUTS = ["q_proj", "o_proj", "gate_proj", "down_proj"]


def test_the_file_was_measured_on_the_shipped_model() -> None:
    folder = find_checkpoint("tiny")
    assert RECORD["model_sha256"] == hash_file(folder / "model.safetensors")
    assert RECORD["text_sha256"] == hash_file(folder / "heldout.txt")
    assert list(RECORD["histograms"]) == INPUTS


def test_a_part_of_the_text_gives_nearly_the_same() -> None:
    model = load_model()
    text = (model.checkpoint.folder / "heldout.txt").read_bytes().decode()[:6000]
    measured = measure_histograms(model, text)
    assert list(measured) == INPUTS
    for name, counts in measured.items():
        part = np.array(counts) / np.sum(counts)
        whole = np.array(RECORD["histograms"][name]) / np.sum(RECORD["histograms"][name])
        assert np.abs(part - whole).sum() / 2 < 0.05  # total variation


@pytest.mark.slow
def test_the_whole_text_gives_the_file() -> None:
    model = load_model()
    text = (model.checkpoint.folder / "heldout.txt").read_bytes().decode()
    assert measure_histograms(model, text) == RECORD["histograms"]
