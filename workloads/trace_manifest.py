"""The manifest.json of a trace folder, checked."""

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from workloads.errors import InputError
from workloads.json_layout import (
    COUNT,
    INT,
    MISSING,
    TEXT,
    Kind,
    check_value,
    name_all,
    read_object,
)
from workloads.shapes import ModelShape

_SIZES = Kind(
    "an object of sizes in bytes",
    lambda value: isinstance(value, dict) and all(map(INT.fits, value.values())),
)
_DIGESTS = Kind(
    "an object of SHA-256s",
    lambda value: isinstance(value, dict) and all(map(TEXT.fits, value.values())),
)
SHAPE = name_all(TEXT, "name") | name_all(
    COUNT, "hidden intermediate layers heads kv_heads head_dim vocab"
)
_LAYOUT = {"matmuls": INT, "files": _SIZES, "model": {"shape": SHAPE}}


def read_manifest(
    path: Path, format_name: str, version: int, layout: Mapping[str, Any]
) -> tuple[dict[str, Any], ModelShape]:
    """Return what the manifest at `path` says, and the shape of its model.

    Parameters
    ----------
    format_name, version : that it must have.
    layout : what it must hold besides what all traces do, see `workloads.json_layout`.

    Raises InputError, in one line with file, key, expected and given; OSError.
    """
    manifest = read_object(path)
    if (manifest.get("format"), manifest.get("version")) != (format_name, version):
        raise InputError(f"{path}: must be of format {format_name!r}, version {version}")
    try:
        for part in (_LAYOUT, layout):
            for key, kind in part.items():
                check_value(key, manifest.get(key, MISSING), kind)
        check_value("sha256", manifest.get("sha256", {}), _DIGESTS)  # older traces have none
        return manifest, _parse_shape(manifest["model"]["shape"])
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def describe_files(folder: Path) -> dict[str, dict[str, int] | dict[str, str]]:
    """Return what a manifest says of the files in `folder`: ``files``, their sizes; ``sha256``."""
    paths = sorted(folder.iterdir())
    return {
        "files": {path.name: path.stat().st_size for path in paths},
        "sha256": {path.name: _hash_file(path) for path in paths},
    }


def check_digests(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Raise InputError with the first file whose bytes are not those recorded; OSError."""
    for name, digest in manifest.get("sha256", {}).items():
        if _hash_file(folder / name) != digest:
            raise InputError(f"{folder / name}: has other bytes than recorded")


def _hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _parse_shape(sizes: dict[str, Any]) -> ModelShape:
    unknown = sorted(set(sizes) - {field.name for field in fields(ModelShape)})
    if unknown:
        raise InputError(f"model.shape must not have the key {unknown[0]!r}")
    try:
        return ModelShape(**sizes)
    except InputError as error:
        raise InputError(f"model.shape.{error}") from None
