"""Quantised weights in a file without a name: the same weights, in less memory."""

import mmap
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from random_checkpoint import RandomCheckpoint

from workloads.checkpoint import read_checkpoint
from workloads.decoder_layer import DecoderLayer
from workloads.model import Model
from workloads.shapes import ModelShape
from workloads.weight_file import put_aside

# 24 layers of 21 MB, one at a time, where 200 MB more may be taken: an array may not be kept.
BOUNDED = """
import resource
from pathlib import Path
import numpy as np
from workloads.decoder_layer import BitLinear, DecoderLayer
from workloads.shapes import ModelShape
from workloads.ternary import TernaryMatrix
from workloads.weight_file import put_aside

shape = ModelShape(name="wide", hidden=2560, intermediate=8192, layers=24, heads=20, kv_heads=20,
                   head_dim=128, vocab=2)

def draw():
    for layer in range(shape.layers):
        linears = {}
        for name, (n, k) in shape.projections.items():
            packed = np.full((n // 4, k), (layer % 3) * 0x55, np.uint8)
            weight = TernaryMatrix(packed=packed, rows=n)
            linears[name] = BitLinear(tensor=f"{layer}.{name}", weight=weight, scale=1.0)
        yield DecoderLayer(linears=linears, input_norm=None, post_attention_norm=None)

status = Path("/proc/self/status").read_text()
used = next(int(line.split()[1]) << 10 for line in status.splitlines() if "VmData" in line)
resource.setrlimit(resource.RLIMIT_DATA, (used + (200 << 20),) * 2)
layers = list(put_aside(draw(), shape))
assert all(l.packed.min() == l.packed.max() == (i % 3) * 0x55
           for i, layer in enumerate(layers) for l in (b.weight for b in layer.linears.values()))
print(sum(b.weight.packed.size for layer in layers for b in layer.linears.values()))
"""


@pytest.fixture
def model(tmp_path: Path) -> Model:
    source = RandomCheckpoint(family="1bitLLM", mode="unsaid", activation="silu")
    return Model(read_checkpoint(source.write(tmp_path)))


def put(model: Model, small_bytes: int) -> list[DecoderLayer]:
    return list(put_aside(model.checkpoint.weights.layers, model.shape, small_bytes=small_bytes))


def find_base(array: Any) -> Any:
    while isinstance(array, np.ndarray):
        array = array.base
    return array.obj if isinstance(array, memoryview) else array


def test_the_weights_are_the_same_and_lie_in_one_file(model: Model) -> None:
    bases = set()
    for old, new in zip(model.checkpoint.weights.layers, put(model, 0), strict=True):
        assert list(new.linears) == list(old.linears)
        assert new.input_norm is old.input_norm
        for name, linear in new.linears.items():
            assert (linear.tensor, linear.scale) == (
                old.linears[name].tensor,
                old.linears[name].scale,
            )
            assert linear.weight.sha256 == old.linears[name].weight.sha256
            assert linear.weight.zeros == old.linears[name].weight.zeros
            base = find_base(linear.weight.packed)
            assert isinstance(base, mmap.mmap)
            bases.add(id(base))
    assert len(bases) == 1


def test_a_small_model_stays_in_memory(model: Model) -> None:
    size = sum(linear.weight.packed.size for linear in model.checkpoint.linears)
    assert put(model, 2 * size) == list(model.checkpoint.weights.layers)


def test_where_no_file_can_be_made_memory_serves(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", "/proc/nowhere")
    monkeypatch.setattr(tempfile, "tempdir", "/proc/nowhere")  # what Python has found before
    assert put(model, 0) == list(model.checkpoint.weights.layers)


def test_a_disk_that_is_too_small_is_told_before(model: Model) -> None:
    huge = ModelShape(
        name="huge",
        hidden=1 << 20,
        intermediate=1 << 20,
        layers=1 << 20,
        heads=1,
        kv_heads=1,
        head_dim=1 << 20,
        vocab=2,
    )
    given = model.checkpoint.weights.layers
    assert list(put_aside(given, huge, small_bytes=0)) == list(given)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="bounds its memory as Linux does")
def test_memory_holds_one_layer() -> None:
    words = [sys.executable, "-c", BOUNDED]
    run = subprocess.run(words, capture_output=True, text=True, env=os.environ, check=False)
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) > 500e6
