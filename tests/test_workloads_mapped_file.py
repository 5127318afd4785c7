"""Mapped files: what can be mapped, what is refused, and pages given back."""

import os
import re
import sys
from pathlib import Path

import pytest
from random_checkpoint import RandomCheckpoint

from workloads.checkpoint import read_checkpoint
from workloads.errors import InputError
from workloads.mapped_file import map_file, refuse_special, release_pages

CONTENT = bytes(range(256)) * 64


def test_a_file_is_mapped_and_pages_that_were_released_are_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(CONTENT)
    mapped = map_file(path, "numbers")
    assert mapped[:] == CONTENT
    for start, stop in ((0, len(CONTENT)), (5000, 5001), (4097, 16384)):
        release_pages(mapped, start, stop)
        assert mapped[:] == CONTENT


def test_what_cannot_be_mapped_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "loop").symlink_to("loop")
    for name, problem in {
        "none": "no such file$",
        "empty": r"cannot be read as numbers \(cannot mmap an empty file\)$",
        "loop": r"cannot be read as numbers \(.*symbolic links.*\)$",
        ".": "must be a file, not a folder$",
    }.items():
        path = tmp_path / name
        with pytest.raises(InputError, match=f"^{re.escape(str(path))}: {problem}"):
            map_file(path, "numbers")


@pytest.mark.skipif(sys.platform == "win32", reason="has no named pipes as files")
@pytest.mark.parametrize(
    "name", ["config.json", "model.safetensors", "model.safetensors.index.json"]
)
def test_a_pipe_is_refused_not_waited_for(tmp_path: Path, name: str) -> None:
    path = RandomCheckpoint(layers=1).write(tmp_path) / name
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    with pytest.raises(InputError, match=f"{name}: must be a file, not a device$"):
        read_checkpoint(tmp_path)


def test_what_is_not_there_is_not_special(tmp_path: Path) -> None:
    refuse_special(tmp_path / "none")
    with pytest.raises(InputError, match=r"must be a file, not a folder$"):
        refuse_special(tmp_path)
