"""Streamed safetensors files, read back by the library."""

from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from workloads.tensor_writer import TensorWriter

ARRAYS = {
    "x": np.arange(-6, 6, dtype=np.int8).reshape(3, 4),
    "y": np.arange(5, dtype=np.int32),
    "z": np.float32([[0.5]]),
}


def test_the_library_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    with TensorWriter(path) as writer:
        for name, array in ARRAYS.items():
            assert name not in writer
            writer.add(name, array)
            assert name in writer
    read = safetensors.numpy.load_file(path)
    assert set(read) == set(ARRAYS)
    for name, array in ARRAYS.items():
        assert read[name].dtype == array.dtype
        assert np.array_equal(read[name], array)
    assert list(tmp_path.iterdir()) == [path]


def test_other_orders_of_elements_and_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    with TensorWriter(path) as writer:
        writer.add("turned", ARRAYS["x"].T)
        writer.add("swapped", ARRAYS["y"].astype(">i4"))
    read = safetensors.numpy.load_file(path)
    assert np.array_equal(read["turned"], ARRAYS["x"].T)
    assert np.array_equal(read["swapped"], ARRAYS["y"])


def test_no_tensors(tmp_path: Path) -> None:
    with TensorWriter(tmp_path / "a.safetensors"):
        pass
    assert safetensors.numpy.load_file(tmp_path / "a.safetensors") == {}


def test_an_error_leaves_nothing(tmp_path: Path) -> None:
    taken = pytest.raises(ValueError, match="name must be new, not 'x'")
    with taken, TensorWriter(tmp_path / "a.safetensors") as writer:
        writer.add("x", ARRAYS["x"])
        writer.add("x", ARRAYS["x"])
    assert list(tmp_path.iterdir()) == []
