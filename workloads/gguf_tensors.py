"""The tensors of a GGUF file, each checked as it is read; ternary ones repacked row by row."""

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from workloads.errors import InputError
from workloads.float_matrix import FloatMatrix, split_rows, widen
from workloads.gguf_codecs import BLOCK_DECODERS, decode_i2_s
from workloads.gguf_file import GgufFile
from workloads.ternary import TernaryMatrix, pack_codes
from workloads.weight_quantizer import quantize_weights

_FLOATS = {"F32": "<f4", "F16": "<f2", "BF16": "<u2"}
Codes = NDArray[np.uint8]
Order = NDArray[np.intp] | slice


class GgufTensors:
    """The tensors of `file` by name; it remembers which were read."""

    def __init__(self, file: GgufFile) -> None:
        self._file = file
        self._unread = set(file.tensors)

    def __contains__(self, name: str) -> bool:
        return name in self._file

    def read_matrix(self, name: str, shape: tuple[int, ...]) -> FloatMatrix:
        """Return a float matrix that stays in its file; raises InputError, also if not finite."""
        encoding = self.check(name, shape)
        if encoding not in _FLOATS:
            self.refuse(name, f"must be {', '.join(_FLOATS)}, not {encoding}")
        matrix = FloatMatrix(self._file.read_bytes(name).view(_FLOATS[encoding]).reshape(shape))
        for rows in split_rows(shape[0], matrix.stored[0].size):
            if not np.isfinite(matrix[rows]).all():
                self.refuse(name, "holds infinite values or NaN")
        return matrix

    def read_norm(self, name: str, size: int) -> NDArray[np.float64]:
        """Return a norm's weight as float64[size]; raises InputError."""
        return self.read_matrix(f"{name}.weight", (size,))[:].astype(np.float64)

    def read_ternary(
        self, name: str, shape: tuple[int, int], order: Order, *, quantize: bool
    ) -> tuple[TernaryMatrix, float]:
        """Return w[N, K], whose row n is the file's row order[n], and its scale.

        Floats must be -s, 0 and s, unless the user wants them quantised. Raises InputError.
        """
        encoding = self.check(f"{name}.weight", shape)
        if encoding in _FLOATS:
            weight, scale = self._read_floats(f"{name}.weight", shape, order, quantize)
        elif quantize:
            raise InputError("quantize must not be given for weights that are ternary already")
        elif encoding == "I2_S":
            weight, scale = self._read_i2_s(f"{name}.weight", shape, order)
        else:
            weight, scale = self._read_blocks(f"{name}.weight", shape, order, encoding)
        self._file.release(f"{name}.weight")
        if weight.zero_fraction == 1:
            self.refuse(f"{name}.weight", "holds nothing but zero weights")
        if f"{name}.scale" in self._file:
            scale *= float(self.read_matrix(f"{name}.scale", (1,))[0])
        if not 0 < scale < float("inf"):
            self.refuse(f"{name}.weight", f"must have a positive scale, not {scale}")
        return weight, scale

    def refuse(self, name: str, problem: str) -> NoReturn:
        """Raise InputError that names the file, the tensor and the problem."""
        raise InputError(f"{self._file.path}: tensor {name!r} {problem}")

    def refuse_unread(self, layout: str) -> None:
        """Raise InputError if a tensor was not asked for: the metadata is then of another model."""
        for name in sorted(self._unread):
            self.refuse(name, f"has no place in a {layout} model of the metadata's sizes")

    def check(self, name: str, shape: tuple[int, ...]) -> str:
        """Return the encoding of a tensor of that shape; raises InputError if it is none."""
        if name not in self._file:
            raise InputError(f"{self._file.path}: no tensor {name!r}")
        self._unread.discard(name)
        tensor = self._file.tensors[name]
        if tensor.shape != shape:
            self.refuse(name, f"must have shape {shape} by the metadata, not {tensor.shape}")
        if not self._file.read_bytes(name).any():
            self.refuse(name, "holds nothing but zero bytes")
        return tensor.encoding.name

    def _pack(self, name: str, shape: tuple[int, int], decode: Callable[[slice], Codes]) -> Any:
        packed = pack_codes(*shape, decode)
        try:
            return TernaryMatrix(packed=packed, rows=shape[0])
        except InputError as error:
            self.refuse(name, f"is damaged: {error}")

    def _read_floats(
        self, name: str, shape: tuple[int, int], order: Order, quantize: bool
    ) -> tuple[TernaryMatrix, float]:
        matrix = self.read_matrix(name, shape)
        if quantize:
            weight, mean = quantize_weights(matrix.stored[order])
            return weight, float(mean)
        stored = matrix.stored[order]
        scale = max(float(np.abs(block).max()) for _, block in matrix.blocks())

        def decode(rows: slice) -> Codes:
            values = widen(stored[rows])
            if not ((values == 0) | (np.abs(values) == scale)).all():
                self.refuse(name, "must hold -s, 0 and s only (or --quantize absmean be given)")
            return (np.sign(values) + 1).astype(np.uint8)

        return self._pack(name, shape, decode), scale

    def _read_i2_s(
        self, name: str, shape: tuple[int, int], order: Order
    ) -> tuple[TernaryMatrix, float]:
        flat, scale = decode_i2_s(self._file.read_bytes(name))
        codes = flat.reshape(shape)[order]
        return self._pack(name, shape, lambda rows: codes[rows]), float(scale[0])

    def _read_blocks(
        self, name: str, shape: tuple[int, int], order: Order, encoding: str
    ) -> tuple[TernaryMatrix, float]:
        stored = self._file.read_bytes(name).reshape(shape[0], -1)[order]
        found: set[float] = set()

        def decode(rows: slice) -> Codes:
            codes, scales = BLOCK_DECODERS[encoding](stored[rows])
            found.update(np.unique(scales).tolist())
            empty = np.repeat(scales == 0, codes.shape[1] // scales.shape[1], axis=1)
            return np.where(empty, np.uint8(1), codes)

        weight = self._pack(name, shape, decode)
        if len(found - {0.0}) != 1:
            self.refuse(name, "must have one scale in all its blocks, as a ternary matrix has")
        return weight, (found - {0.0}).pop()
