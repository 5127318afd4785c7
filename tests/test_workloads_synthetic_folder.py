"""A synthetic trace as a folder: readable without hwsim, and the same when opened again."""

import json
import re
from pathlib import Path

import numpy as np
import pandas
import pytest
from safetensors.numpy import load_file

from workloads.errors import InputError
from workloads.shapes import ModelShape, find_preset
from workloads.synthetic import SyntheticTrace
from workloads.synthetic_folder import read_synthetic_trace, write_synthetic_trace
from workloads.ternary import unpack

SHAPE = ModelShape(
    name="small",
    hidden=24,
    intermediate=40,
    layers=2,
    heads=3,
    kv_heads=1,
    head_dim=8,
    vocab=50,
    zero_fraction=0.4,
)


def test_shapes_alone_by_default(tmp_path: Path) -> None:
    trace = SyntheticTrace(find_preset("3B"), prefill_tokens=512, decode_tokens=2)
    manifest = write_synthetic_trace(trace, tmp_path / "3B.trace")
    names = {"manifest.json", "matmuls.parquet"}
    assert {path.name for path in (tmp_path / "3B.trace").iterdir()} == names
    table = pandas.read_parquet(tmp_path / "3B.trace" / "matmuls.parquet")
    assert len(table) == manifest["matmuls"] == 3 * 26 * 7
    prefill = table[table.phase == "prefill"]
    assert (prefill.m * prefill.n * prefill.k).sum() == 512 * 3_221_504_000


def test_values_are_those_of_the_trace_and_of_the_folder_opened_again(tmp_path: Path) -> None:
    trace = SyntheticTrace(SHAPE, prefill_tokens=3, decode_tokens=1, seed=7)
    write_synthetic_trace(trace, tmp_path / "run.trace", values=True)
    inputs = load_file(tmp_path / "run.trace" / "activations.safetensors")
    weights = load_file(tmp_path / "run.trace" / "weights.safetensors")
    again = read_synthetic_trace(tmp_path / "run.trace")
    assert again is not None
    for matmul, same in zip(trace, again, strict=True):
        assert matmul == same
        x, w = trace.read_input(matmul), trace.read_weight(matmul).unpack()
        np.testing.assert_array_equal(inputs[matmul.input], x)
        np.testing.assert_array_equal(again.read_input(same), x)
        np.testing.assert_array_equal(unpack(weights[matmul.weight], matmul.n), w)
        np.testing.assert_array_equal(again.read_weight(same).unpack(), w)


def test_other_folders_are_not_taken_for_one(tmp_path: Path) -> None:
    assert read_synthetic_trace(tmp_path) is None
    (tmp_path / "manifest.json").write_text('{"format": "ternary matmul trace"}')
    assert read_synthetic_trace(tmp_path) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 1}, "must be of format 'synthetic ternary matmul trace', version 2"),
        ({"seed": -1}, "seed must be a non-negative int, not -1"),
        ({"zero_fraction": 2}, "zero_fraction must be a number from 0 to 1, not 2"),
        ({"model": {}}, "model.shape must be an object, but is missing"),
        ({"model": {"shape": {"name": 3}}}, "model.shape.name must be a text, not 3"),
        ({"files": {"a": -1}}, 'files must be an object of sizes in bytes, not {"a": -1}'),
    ],
)
def test_a_damaged_manifest_is_refused(change: dict, message: str, tmp_path: Path) -> None:
    write_synthetic_trace(SyntheticTrace(SHAPE), tmp_path / "run.trace")
    path = tmp_path / "run.trace" / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(InputError, match=re.escape(f"/manifest.json: {message}")):
        read_synthetic_trace(tmp_path / "run.trace")
