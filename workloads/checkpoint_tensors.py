"""The tensors of a checkpoint folder, single or sharded, each checked as it is read."""

import json
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from workloads.errors import InputError
from workloads.float_matrix import FloatMatrix, split_rows, widen
from workloads.mapped_file import refuse_special
from workloads.tensor_file import TensorFile
from workloads.ternary import CODES_PER_BYTE, TernaryMatrix
from workloads.weight_quantizer import quantize_weights

WEIGHTS_NAME, INDEX_NAME = "model.safetensors", "model.safetensors.index.json"
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")
_NOT_AN_INDEX = (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError)
Shapes = tuple[tuple[int, ...], ...]
_FLOATS = ("BF16", "F16", "F32")
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

    def __contains__(self, name: str) -> bool:
        return name in self._files

    def read(self, name: str, shapes: Shapes, dtypes: tuple[str, ...]) -> NDArray[Any]:
        """Return a tensor as stored; raises InputError if anything about it is not as expected."""
        if name not in self._files:
            raise InputError(f"{self._folder}: no tensor {name!r} in its safetensors files")
        self._unread.pop(name, None)
        entry = self._files[name].entries[name]
        if entry.dtype not in dtypes:
            self.refuse(name, f"must be {' or '.join(dtypes)}, not {entry.dtype}")
        if entry.shape not in shapes:
            self.refuse(name, f"must have shape {shapes[0]} by config.json, not {entry.shape}")
        array = self._files[name].read_stored(name)
        if not array.any():
            self.refuse(name, "holds nothing but zero bytes")
        return array

    def read_matrix(self, name: str, shape: tuple[int, int]) -> FloatMatrix:
        """Return a float matrix that stays in its file; raises InputError, also if not finite."""
        matrix = FloatMatrix(self.read(name, (shape,), _FLOATS))
        for rows in split_rows(*shape):
            if not np.isfinite(matrix[rows]).all():
                self.refuse(name, "holds infinite values or NaN")
        self._files[name].release(name)
        return matrix

    def read_masters(self, name: str, shape: tuple[int, int]) -> tuple[TernaryMatrix, float]:
        """Return a float matrix quantised, with its scale; raises InputError."""
        masters = self.read(name, (shape,), _FLOATS)
        try:
            weight, scale = quantize_weights(masters)
        except InputError:
            self.refuse(name, "holds infinite values or NaN")
        self._files[name].release(name)
        self._refuse_zeros(name, weight)
        return weight, float(scale)

    def read_packed(self, name: str, n: int, k: int) -> TernaryMatrix:
        """Return w[n, k], which stays packed and in its file; raises InputError."""
        packed = self.read(name, ((-(-n // CODES_PER_BYTE), k),), ("U8",))
        try:
            weight = TernaryMatrix(packed=packed, rows=n)
        except InputError as error:
            self.refuse(name, f"is damaged: {error}")
        self._refuse_zeros(name, weight)
        return weight

    def read_scale(self, name: str) -> float:
        """Return the one positive number of a tensor; raises InputError."""
        scale = float(self._read_floats(name, ((1,), ())).reshape(1)[0])
        if scale <= 0:
            self.refuse(name, f"must be positive, not {scale}")
        return scale

    def read_norm(self, name: str, size: int) -> NDArray[np.float64]:
        """Return a norm's weight as float64[size]; raises InputError."""
        return self._read_floats(f"{name}.weight", ((size,),)).astype(np.float64)

    def refuse(self, name: str, problem: str) -> NoReturn:
        """Raise InputError that names the file, the tensor and the problem."""
        raise InputError(f"{self._files[name].path}: tensor {name!r} {problem}")

    def refuse_unread(self, layout: str) -> None:
        """Raise InputError if a tensor was not asked for: config.json is then of another model."""
        for name in self._unread:
            if not name.endswith(_IGNORED):
                self.refuse(name, f"has no place in a {layout} model of config.json's sizes")

    def _read_floats(self, name: str, shapes: Shapes) -> NDArray[np.float32]:
        array = widen(self.read(name, shapes, _FLOATS))
        if not np.isfinite(array).all():
            self.refuse(name, "holds infinite values or NaN")
        return array

    def _refuse_zeros(self, name: str, weight: TernaryMatrix) -> None:
        if weight.zero_fraction == 1:
            self.refuse(name, "holds nothing but zero weights")

    def _open_files(self) -> list[TensorFile]:
        index = self._folder / INDEX_NAME
        refuse_special(index)
        if not index.exists():
            self._refuse_pickles()
            return [TensorFile(self._folder / WEIGHTS_NAME)]
        try:
            weight_map = json.loads(index.read_bytes())["weight_map"]
            paths = {self._folder / Path(name).name for name in weight_map.values()}
        except _NOT_AN_INDEX as error:
            raise InputError(f"{index}: cannot be read as an index of shards ({error})") from None
        return [TensorFile(path) for path in sorted(paths)]

    def _refuse_pickles(self) -> None:
        if (self._folder / WEIGHTS_NAME).exists():
            return
        for pattern in _PICKLES:
            for path in sorted(self._folder.glob(pattern)):
                raise InputError(
                    f"{path}: must be safetensors, not pickle-based, as reading that runs its code"
                )
