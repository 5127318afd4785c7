"""Safetensors files: what the library writes is read, and every damage is named."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from random_checkpoint import write_safetensors

from workloads.errors import InputError
from workloads.tensor_file import TensorEntry, TensorFile

ARRAYS = {
    "f64": np.linspace(0, 1, 6).reshape(2, 3),
    "f32": np.float32([[1.5, -2.5]]),
    "f16": np.float16([0.25]),
    "i64": np.array([-(2**40)]),
    "i32": np.int32([7]),
    "i16": np.int16([-300]),
    "i8": np.int8([[-128], [127]]),
    "u8": np.uint8([255]),
    "bool": np.array([True, False]),
    "empty": np.zeros((0, 3), np.float32),
    "scalar": np.array(3.0, np.float32),
}


def write_raw(path: Path, header: Any, data: bytes = b"") -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return path


def describe(**changes: Any) -> dict[str, Any]:
    return {"t": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]} | changes}


def test_reads_what_the_library_writes(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    safetensors.numpy.save_file(ARRAYS, path, {"format": "np"})
    file = TensorFile(path)
    assert set(file) == set(ARRAYS)
    assert file.metadata == {"format": "np"}
    for name, array in ARRAYS.items():
        read = file.read(name)
        assert (read.dtype, read.shape) == (array.dtype, array.shape)
        assert np.array_equal(read, array)
    assert "f32" in file and "f33" not in file


def test_tensors_are_views_of_the_mapped_file(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    safetensors.numpy.save_file({"a": np.arange(4)}, path)
    array = TensorFile(path).read("a")
    assert not array.flags.writeable and not array.flags.owndata


def test_bf16_is_widened_exactly(tmp_path: Path) -> None:
    data = np.array([0x3FC0, 0xC000, 0x0001, 0x7F80], "<u2")  # 1.5, -2, 2**-133, inf
    path = tmp_path / "a.safetensors"
    write_safetensors(path, {"a": ("BF16", data)})
    assert TensorFile(path).entries["a"] == TensorEntry(dtype="BF16", shape=(4,), start=0, stop=8)
    assert TensorFile(path).read("a").tolist() == [1.5, -2.0, 2.0**-133, float("inf")]


@pytest.mark.parametrize(
    ("header", "data", "message"),
    [
        (b"{", b"", "has a header that is not JSON (Expecting property name"),
        (b"[]", b"", "has a header that is not a JSON object"),
        ({"t": 3}, b"", "describes tensor 't' without dtype, shape and data_offsets"),
        (describe(shape=[-2]), b"12345678", "describes tensor 't' without dtype, shape and"),
        (describe(shape=[2.0]), b"12345678", "describes tensor 't' without dtype, shape and"),
        (describe(data_offsets=[0]), b"12345678", "describes tensor 't' without dtype, shape and"),
        (
            describe(dtype="F8_E4M3"),
            b"12345678",
            "gives tensor 't' the unsupported dtype 'F8_E4M3'",
        ),
        (describe(shape=[3]), b"12345678", "gives tensor 't' 8 bytes where its shape needs 12"),
        (describe(), b"1234", "declares 8 bytes of tensors but has 4"),
        (describe(), b"123456789", "declares 8 bytes of tensors but has 9"),
        (
            describe(data_offsets=[4, 12]),
            b"123456789012",
            "has tensor 't' at byte 4 where 0 was expected",
        ),
        (
            describe() | {"u": {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]}},
            b"123456789012",
            "has tensor 'u' at byte 4 where 8 was expected",
        ),
    ],
)
def test_lying_headers_are_refused(tmp_path: Path, header: Any, data: bytes, message: str) -> None:
    path = write_raw(tmp_path / "a.safetensors", header, data)
    with pytest.raises(InputError, match=f"^{re.escape(f'{path}: {message}')}") as caught:
        TensorFile(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "cannot be read as safetensors (cannot mmap an empty file)"),
        (b"1234", "has 4 bytes, too few for a header"),
        ((99).to_bytes(8, "little") + b"{}", "declares a header of 99 bytes but has 10 in all"),
        (b"\xff" * 9, f"declares a header of {2**64 - 1} bytes but has 9 in all"),
    ],
)
def test_truncated_files_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"^{re.escape(f'{path}: {message}')}$"):
        TensorFile(path)


def test_a_missing_file_or_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none.safetensors: no such file$"):
        TensorFile(tmp_path / "none.safetensors")
    with pytest.raises(InputError, match=r": must be a file, not a folder$"):
        TensorFile(tmp_path)


def test_any_truncation_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    safetensors.numpy.save_file(ARRAYS, path)
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(InputError):
            TensorFile(path)
