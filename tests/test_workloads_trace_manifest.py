"""workloads.trace_manifest: what is wrong with a manifest is one line with file, key and value."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from workloads.errors import InputError
from workloads.json_layout import TEXT
from workloads.shapes import find_preset
from workloads.trace_manifest import read_manifest

SHAPE = asdict(find_preset("3B"))


def write(path: Path, **changes: Any) -> Path:
    manifest = {"format": "f", "version": 1, "matmuls": 2, "files": {"a": 3}, "model": {}}
    manifest["model"] = {"shape": SHAPE | changes.pop("shape", {})}
    path.write_text(json.dumps(manifest | changes))
    return path


def test_a_whole_manifest(tmp_path: Path) -> None:
    manifest, shape = read_manifest(write(tmp_path / "m.json", word="x"), "f", 1, {"word": TEXT})
    assert shape == find_preset("3B")
    assert manifest["files"] == {"a": 3}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": None}, "must be of format 'f', version 1"),
        ({"matmuls": "2"}, 'matmuls must be a non-negative int, not "2"'),
        ({"word": 3}, "word must be a text, not 3"),
        ({}, "word must be a text, but is missing"),
        ({"shape": {"depth": 3}}, "model.shape must not have the key 'depth'"),
        (
            {"shape": {"kv_heads": 5}},
            "model.shape.heads must be a multiple of kv_heads = 5, not 32",
        ),
        ({"shape": {"hidden": None}}, "model.shape.hidden must be a positive int, not null"),
    ],
)
def test_damage_is_named(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = write(tmp_path / "m.json", **({"word": "x"} if changes else {}) | changes)
    with pytest.raises(InputError) as error:
        read_manifest(path, "f", 1, {"word": TEXT})
    assert str(error.value) == f"{path}: {message}"
