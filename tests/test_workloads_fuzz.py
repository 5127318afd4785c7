"""Mutated checkpoint folders: read, or refused in one line; never another exception."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from fuzz_readers import KINDS
from hypothesis import given, settings
from hypothesis import strategies as st
from random_checkpoint import RandomCheckpoint

from workloads.checkpoint import read_checkpoint
from workloads.errors import InputError
from workloads.model import Model

FILES = ("config.json", "model.safetensors", "tokenizer.json")
PLACES = st.one_of(st.integers(0, 4000), st.integers(0, 10**6))  # mostly in the headers


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    folder = RandomCheckpoint(layers=1, hidden=8, intermediate=8).write(
        tmp_path_factory.mktemp("fuzz")
    )
    return folder, {name: (folder / name).read_bytes() for name in FILES}


@settings(max_examples=400, deadline=None)
@given(
    name=st.sampled_from(FILES),
    changes=st.lists(st.tuples(PLACES, st.integers(0, 255)), max_size=5),
    cut=st.none() | PLACES,
    inserted=st.sampled_from([b"", b"[" * 9, b"9" * 30, b'"a":{', b"null,", b"-", b"\xff"]),
)
def test_any_mutation_is_read_or_refused(
    whole: tuple[Path, dict[str, bytes]],
    name: str,
    changes: list[tuple[int, int]],
    cut: int | None,
    inserted: bytes,
) -> None:
    folder, contents = whole
    data = bytearray(contents[name])
    for at, byte in changes:
        data[at % len(data)] = byte
    if cut is not None:
        middle = cut % len(data)
        data[middle:middle] = inserted
    for other in FILES:
        (folder / other).write_bytes(data if other == name else contents[other])
    try:
        model = Model(read_checkpoint(folder))
        model.tokenizer.encode("abc")
    except InputError as error:
        assert "\n" not in str(error)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="bounds its memory as Linux does")
@pytest.mark.parametrize("kind", KINDS)
def test_thousands_in_bounded_memory_and_time(tmp_path: Path, kind: str) -> None:
    words = [sys.executable, Path(__file__).with_name("fuzz_readers.py"), kind, "3000", tmp_path]
    finished = subprocess.run(words, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    counts = json.loads(finished.stdout)
    assert counts["read"] + counts["refused"] == 3000
    assert min(counts.values()) > 30  # mutations neither harmless nor hopeless


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_deep_nesting(tmp_path: Path, name: str) -> None:
    folder = RandomCheckpoint(layers=1).write(tmp_path)
    text = b"[" * 200_000
    if name == "model.safetensors":
        text = len(text).to_bytes(8, "little") + text
    (folder / name).write_bytes(text)
    with pytest.raises(InputError, match=r"that is not JSON|cannot be read as JSON"):
        read_checkpoint(folder)
