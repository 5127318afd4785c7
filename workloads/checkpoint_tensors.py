"""The tensors of a checkpoint folder, single or sharded, each checked as it is read."""

import json
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from workloads.errors import InputError
from workloads.tensor_file import TensorFile

WEIGHTS_NAME, INDEX_NAME = "model.safetensors", "model.safetensors.index.json"
# Present in some files, but made from config.json or from the embedding.
_IGNORED = ("rotary_emb.inv_freq", "lm_head.weight")


class CheckpointTensors:
    """The tensors of a folder by name, whichever file holds them; it remembers which were read.

    Raises
    ------
    InputError : if a file is missing or damaged, or two hold a tensor of the same name.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, TensorFile] = {}
        for file in self._open_files():
            for name in file:
                if name in self._files:
                    raise InputError(
                        f"{file.path}: holds tensor {name!r}, as {self._files[name].path.name} does"
                    )
                self._files[name] = file
        self._unread = dict(self._files)

    def read(self, name: str, shape: tuple[int, ...], dtypes: tuple[str, ...]) -> NDArray[Any]:
        """Return a tensor as stored; raises InputError if anything about it is not as expected."""
        if name not in self._files:
            raise InputError(f"{self._folder}: no tensor {name!r} in its safetensors files")
        self._unread.pop(name, None)
        entry = self._files[name].entries[name]
        if entry.dtype not in dtypes:
            self.refuse(name, f"must be {' or '.join(dtypes)}, not {entry.dtype}")
        if entry.shape != shape:
            self.refuse(name, f"must have shape {shape} by config.json, not {entry.shape}")
        array = self._files[name].read(name)
        if not array.any():
            self.refuse(name, "holds nothing but zero bytes")
        return array

    def read_floats(self, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Return a tensor of at most 32 bits as float32; raises InputError, also if not finite."""
        array = self.read(name, shape, ("BF16", "F16", "F32")).astype(np.float32, copy=False)
        if not np.isfinite(array).all():
            self.refuse(name, "holds infinite values or NaN")
        return array

    def read_norm(self, name: str, size: int) -> NDArray[np.float64]:
        """Return a norm's weight as float64[size]; raises InputError."""
        return self.read_floats(f"{name}.weight", (size,)).astype(np.float64)

    def refuse(self, name: str, problem: str) -> NoReturn:
        """Raise InputError that names the file, the tensor and the problem."""
        raise InputError(f"{self._files[name].path}: tensor {name!r} {problem}")

    def refuse_unread(self, layout: str) -> None:
        """Raise InputError if a tensor was not asked for: config.json is then of another model."""
        for name in self._unread:
            if not name.endswith(_IGNORED):
                self.refuse(name, f"has no place in a {layout} model of config.json's sizes")

    def _open_files(self) -> list[TensorFile]:
        index = self._folder / INDEX_NAME
        if not index.exists():
            return [TensorFile(self._folder / WEIGHTS_NAME)]
        try:
            weight_map = json.loads(index.read_bytes())["weight_map"]
            paths = {self._folder / name for name in weight_map.values()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(f"{index}: cannot be read as an index of shards ({error})") from None
        return [TensorFile(path) for path in sorted(paths)]
