"""Traces: recorded, read back, read without this package, and each damage named."""

import hashlib
import json
import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import safetensors.numpy
from random_checkpoint import RandomCheckpoint

from workloads.checkpoint import read_checkpoint
from workloads.engine.matmul import matmul_packed
from workloads.errors import InputError
from workloads.generation import generate
from workloads.model import MatmulEvent, Model, load_model
from workloads.statistics import ActivationStatistics
from workloads.trace import Trace, read_trace, record_trace
from workloads.trace_format import hash_result
from workloads.trace_manifest import describe_files
from workloads.trace_writer import write_trace


@pytest.fixture
def model(tmp_path: Path) -> Model:
    return Model(read_checkpoint(RandomCheckpoint().write(tmp_path / "model")))


@pytest.fixture
def events(model: Model) -> list[MatmulEvent]:
    kept: list[MatmulEvent] = []
    list(generate(model, "abc", 5, observer=kept.append))
    return kept


def record(model: Model, folder: Path, **options: Any) -> Trace:
    return record_trace(model, folder, "abc", 5, **options)


def test_everything_comes_back(tmp_path: Path, model: Model, events: list[MatmulEvent]) -> None:
    trace = record(model, tmp_path / "run.trace", results=True)
    assert len(trace) == len(events) == 5 * 2 * 7
    for matmul, event in zip(trace, events, strict=True):
        assert (matmul.step, matmul.phase, matmul.position) == (
            event.step,
            event.phase,
            event.position,
        )
        assert (matmul.layer, matmul.name) == (event.layer, event.name)
        assert (matmul.m, matmul.n, matmul.k) == (*event.x.shape[:1], *event.linear.weight.shape)
        assert matmul.macs == event.x.size * event.y.shape[1]
        assert (matmul.weight, matmul.weight_scale) == (event.linear.tensor, event.linear.scale)
        assert matmul.weight_zeros == event.linear.weight.zeros
        assert np.array_equal(trace.read_input(matmul), event.x)
        assert np.array_equal(trace.read_result(matmul), event.y)
        weight = trace.read_weight(matmul)
        assert np.array_equal(weight.unpack(), event.linear.weight.unpack())
        assert hash_result(matmul_packed(weight, event.x)) == matmul.result_sha256
    for scales, event in zip(trace.matmuls["scales"], events, strict=True):
        assert np.array_equal(np.float32(scales), event.scales)
    assert trace.shape == model.shape


def test_results_are_left_out_by_default(tmp_path: Path, model: Model) -> None:
    trace = record(model, tmp_path / "run.trace")
    assert trace.read_result(next(iter(trace))) is None
    assert sorted(path.name for path in trace.folder.iterdir()) == [
        "activations.safetensors", "manifest.json", "matmuls.parquet", "statistics.parquet",
    ]  # fmt: skip


def test_shared_inputs_are_stored_once(tmp_path: Path, model: Model) -> None:
    trace = record(model, tmp_path / "run.trace")
    stored = safetensors.numpy.load_file(trace.folder / "activations.safetensors")
    assert len(stored) == trace.matmuls["input"].nunique() == 5 * 2 * 4


def test_an_input_that_comes_again_is_stored_once(
    tmp_path: Path, model: Model, events: list[MatmulEvent]
) -> None:
    with write_trace(tmp_path / "run.trace", model.checkpoint) as recorder:
        recorder(events[0])
        recorder(events[3])
        recorder(replace(events[0], x=events[0].x.copy(), step=1))
    trace = read_trace(tmp_path / "run.trace")
    first, _, again = trace
    assert (first.input, first.result_sha256) == (again.input, again.result_sha256)
    assert np.array_equal(trace.read_input(again), events[0].x)


def test_a_stranger_can_read_it(tmp_path: Path, model: Model) -> None:
    """By the manifest's words alone, with pandas, safetensors and the checkpoint's bytes."""
    folder = record(model, tmp_path / "run.trace", results=True).folder
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["format"] == "ternary matmul trace"
    activations = safetensors.numpy.load_file(folder / "activations.safetensors")
    results = safetensors.numpy.load_file(folder / "results.safetensors")
    source = RandomCheckpoint()
    for row in pd.read_parquet(folder / "matmuls.parquet").itertuples():
        x = activations[row.input]
        assert hashlib.sha256(x.tobytes()).hexdigest() == row.input
        w = source.ternary[row.weight]
        packed = source.tensors[row.weight][1]
        assert hashlib.sha256(packed.tobytes()).hexdigest() == row.weight_sha256
        y = (x.astype(np.int64) @ w.T).astype("<i4")
        assert hashlib.sha256(y.tobytes()).hexdigest() == row.result_sha256
        assert np.array_equal(results[str(row.index)], y)
        assert row.weight_zeros == np.count_nonzero(w == 0)
    run = manifest["run"]
    assert (run["prompt"], run["prompt_tokens"]) == ("abc", [256, 97, 98, 99])
    assert (len(run["tokens"]), run["stop_reason"]) == (5, "max_tokens")
    assert manifest["model"]["checkpoint"] == str(tmp_path / "model")


def test_statistics(tmp_path: Path, model: Model, events: list[MatmulEvent]) -> None:
    table = record(model, tmp_path / "run.trace").statistics
    assert len(table) == 2 * 4
    for row in table.itertuples():
        counts = ActivationStatistics()
        for event in events:
            if (event.layer, event.name) == (row.layer, row.name):
                counts.add(event.x)
        assert row.tokens == counts.tokens == 4 + 4
        assert np.array_equal(row.histogram, counts.histogram)
        assert (row.zeros, row.toggled_bits) == (counts.histogram[128], counts.toggled_bits)
        assert row.values == counts.histogram.sum()


def test_rows_are_written_in_batches(
    tmp_path: Path, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = record(model, tmp_path / "a.trace").matmuls
    monkeypatch.setattr("workloads.trace_writer._BATCH_ROWS", 8)
    pd.testing.assert_frame_equal(record(model, tmp_path / "b.trace").matmuls, whole)


def test_an_existing_folder_is_refused(tmp_path: Path, model: Model) -> None:
    folder = tmp_path / "run.trace"
    record(model, folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(InputError, match="must be new or empty"):
        record(model, folder, results=True)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert record(model, folder, results=True, overwrite=True).manifest["files"].keys() > {
        "results.safetensors"
    }


def test_a_failed_run_leaves_nothing(
    tmp_path: Path, model: Model, events: list[MatmulEvent]
) -> None:
    def fail() -> None:
        with write_trace(tmp_path / "run.trace", model.checkpoint, results=True) as recorder:
            recorder(events[0])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    with pytest.raises(InputError, match="max_tokens must be a positive int, not 0"):
        record_trace(model, tmp_path / "run.trace", "abc", 0)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


FILES = (
    *("matmuls.parquet", "statistics.parquet"),
    *("activations.safetensors", "results.safetensors"),
)


def change_manifest(folder: Path, **changes: Any) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def flip_byte(name: str, place: int, folder: Path) -> None:
    data = bytearray((folder / name).read_bytes())
    data[place] ^= 1
    (folder / name).write_bytes(data)


def forget_digests(folder: Path) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    del manifest["sha256"]
    path.write_text(json.dumps(manifest))


def flip_old(name: str, folder: Path) -> None:
    forget_digests(folder)
    flip_byte(name, -1, folder)


def drop_column(folder: Path, name: str) -> None:
    path = folder / "matmuls.parquet"
    pd.read_parquet(path).drop(columns=name).to_parquet(path)
    described = describe_files(folder)
    change_manifest(
        folder,
        **{key: {path.name: of_files[path.name]} for key, of_files in described.items()},
    )


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / "manifest.json").unlink(), ": is not a whole trace ("),
        (lambda f: (f / "matmuls.parquet").unlink(), ": is not a whole trace ("),
        (
            lambda f: (f / "manifest.json").write_text("{"),
            "/manifest.json must be JSON in UTF-8, but",
        ),
        (
            lambda f: (f / "manifest.json").write_text("[]"),
            "/manifest.json must be a JSON object, not",
        ),
        (lambda f: change_manifest(f, format="x"), "/manifest.json: must be of format 'ternary"),
        (lambda f: change_manifest(f, version=9), "/manifest.json: must be of format 'ternary"),
        (
            lambda f: change_manifest(f, files=3),
            "/manifest.json: files must be an object of sizes in bytes, not 3",
        ),
        (
            lambda f: change_manifest(f, model={}),
            "/manifest.json: model.shape must be an object, but is missing",
        ),
        (
            lambda f: change_manifest(f, model={"shape": {"name": "a"}}),
            "/manifest.json: model.shape.hidden must be a positive int, but is missing",
        ),
        (lambda f: drop_column(f, "layer"), "/matmuls.parquet: must have the columns layer"),
        (lambda f: change_manifest(f, matmuls=3), "/matmuls.parquet: must have 3 rows, not 70"),
        (lambda f: truncate(f / "activations.safetensors"), "/activations.safetensors: must have"),
        (lambda f: truncate(f / "matmuls.parquet"), "/matmuls.parquet: must have"),
        *(
            (partial(flip_byte, name, place), f"/{name}: has other bytes than recorded")
            for name in FILES
            for place in (900, -1)
        ),
        (lambda f: change_manifest(f, sha256=3), "/manifest.json: sha256 must be an object of SHA"),
        # A trace as older versions wrote it, without SHA-256s of its files.
        (
            partial(flip_old, "matmuls.parquet"),
            "/matmuls.parquet: cannot be read (",
        ),
        (
            partial(flip_old, "activations.safetensors"),
            "/activations.safetensors: has other bytes than recorded for matmul",
        ),
        (
            partial(flip_old, "results.safetensors"),
            "/results.safetensors: has other bytes than recorded for matmul 69",
        ),
    ],
)
def test_damage_is_named(tmp_path: Path, model: Model, damage: Any, message: str) -> None:
    folder = record(model, tmp_path / "run.trace", results=True).folder
    damage(folder)
    with pytest.raises(InputError, match=f"^{re.escape(f'{folder}{message}')}") as caught:
        trace = read_trace(folder)
        for matmul in trace:
            trace.read_input(matmul)
            trace.read_result(matmul)
    assert "\n" not in str(caught.value)


def test_a_trace_without_digests_still_opens(tmp_path: Path, model: Model) -> None:
    trace = record(model, tmp_path / "run.trace")
    forget_digests(trace.folder)
    assert list(read_trace(trace.folder)) == list(trace)


def test_another_checkpoint_is_noticed(tmp_path: Path, model: Model) -> None:
    folder = record(model, tmp_path / "run.trace").folder
    RandomCheckpoint(seed=9).write(tmp_path / "model")
    trace = read_trace(folder)
    first = next(iter(trace))
    assert first.weight in RandomCheckpoint().ternary
    message = f"{tmp_path}/model: tensor {first.weight!r} is not the one of the trace"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        trace.read_weight(first)


def test_a_checkpoint_that_moved(tmp_path: Path, model: Model) -> None:
    folder = record(model, tmp_path / "run.trace").folder
    moved = (tmp_path / "model").rename(tmp_path / "moved")
    trace = read_trace(folder)
    first = next(iter(trace))
    with pytest.raises(
        InputError,
        match=rf"^{re.escape(str(folder))}: its weights are those of .*/model, which is not there",
    ):
        trace.read_weight(first)
    found = read_trace(folder, model=moved).read_weight(first)
    assert found.sha256 == first.weight_sha256


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none.trace: is not a whole trace"):
        read_trace(tmp_path / "none.trace")


def test_the_users_word_is_kept(tmp_path: Path) -> None:
    source = RandomCheckpoint(
        family="llama", linear_class="bitlinear", activation="silu", mode="unsaid", inner="plain"
    )
    model = load_model(source.write(tmp_path / "model"), quantize="absmean")
    trace = record_trace(model, tmp_path / "run.trace", "abc", 2, results=True)
    assert trace.manifest["model"]["quantize"] == "absmean"
    for matmul in read_trace(tmp_path / "run.trace"):
        y = trace.read_result(matmul)
        assert np.array_equal(matmul_packed(trace.read_weight(matmul), trace.read_input(matmul)), y)
