"""Reading GGUF files: every count and length is checked against the file, the data is mapped.

A file is a magic, a version, counts, typed metadata, descriptions of tensors, and their data, all
little-endian. Source: docs/gguf.md of the ggml repository, versions 2 and 3.
"""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from workloads.errors import InputError
from workloads.mapped_file import map_file, release_pages

_SCALARS = dict(zip((*range(8), 10, 11, 12), "BbHhIif?Qqd", strict=True))
_STRING, _ARRAY = 8, 9


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """How elements lie in a file: `block` of them in `bytes`, and a `tail` at the tensor's end."""

    name: str
    block: int
    bytes: int
    tail: int = 0


ENCODINGS = {
    0: Encoding(name="F32", block=1, bytes=4),
    1: Encoding(name="F16", block=1, bytes=2),
    30: Encoding(name="BF16", block=1, bytes=2),
    34: Encoding(name="TQ1_0", block=256, bytes=54),
    35: Encoding(name="TQ2_0", block=256, bytes=66),
    36: Encoding(name="I2_S", block=128, bytes=32, tail=32),
}


@dataclass(frozen=True, kw_only=True)
class GgufTensor:
    """What the file says of a tensor: rows first in `shape`; bytes count from the file's begin."""

    encoding: Encoding
    shape: tuple[int, ...]
    start: int
    stop: int


class GgufFile:
    """A GGUF file, opened and checked.

    Attributes
    ----------
    metadata : dict of str to int, float, bool, str, list of str, or a NumPy array.
    tensors : dict of name to GgufTensor.

    Raises
    ------
    InputError : if the file is missing, truncated, contradicts itself, or has a tensor in an
        encoding that is not in ENCODINGS.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._map = map_file(path, "GGUF")
        self._bytes = np.frombuffer(self._map, np.uint8)
        self._at = 0
        if self._take(4) != b"GGUF":
            self._refuse("is no GGUF file, as it begins otherwise")
        version = self._scalar("I")
        if version not in (2, 3):
            self._refuse(f"must be of GGUF version 2 or 3, not {version}")
        tensors, pairs = self._count(24), self._count(13)
        self.metadata = {self._string(): self._value() for _ in range(pairs)}
        described = [self._describe() for _ in range(tensors)]
        alignment = self.metadata.get("general.alignment", 32)
        if not isinstance(alignment, int) or alignment < 1:
            self._refuse(f"must have a positive general.alignment, not {alignment!r}")
        begin = -(-self._at // alignment) * alignment
        self.tensors = dict(self._place(begin, described))
        if len(self.tensors) != tensors:
            self._refuse("has two tensors of one name")

    def __contains__(self, name: str) -> bool:
        return name in self.tensors

    def read_bytes(self, name: str) -> NDArray[np.uint8]:
        """Return a tensor's bytes as a read-only view of the mapped file."""
        return self._bytes[self.tensors[name].start : self.tensors[name].stop]

    def release(self, name: str) -> None:
        """Let the system take back the memory of a tensor that was read and is not needed soon."""
        release_pages(self._map, self.tensors[name].start, self.tensors[name].stop)

    def _take(self, size: int) -> bytes:
        if size > self._bytes.size - self._at:
            self._refuse(f"ends at byte {self._bytes.size}, inside its header")
        self._at += size
        return self._map[self._at - size : self._at]

    def _scalar(self, code: str) -> Any:
        return struct.unpack(f"<{code}", self._take(struct.calcsize(f"<{code}")))[0]

    def _count(self, smallest: int) -> int:
        """Read how many things of at least `smallest` bytes follow."""
        count = int(self._scalar("Q"))
        if count * smallest > self._bytes.size - self._at:
            self._refuse(f"declares {count} entries, more than its {self._bytes.size} bytes hold")
        return count

    def _string(self) -> str:
        try:
            return self._take(self._count(1)).decode()
        except UnicodeDecodeError:
            self._refuse(f"has a string that is not UTF-8 before byte {self._at}")

    def _value(self) -> Any:
        kind = self._scalar("I")
        if kind == _STRING:
            return self._string()
        if kind in _SCALARS:
            return self._scalar(_SCALARS[kind])
        if kind != _ARRAY:
            self._refuse(f"has a value of the unknown type {kind} before byte {self._at}")
        kind = self._scalar("I")
        if kind == _STRING:
            return [self._string() for _ in range(self._count(8))]
        if kind not in _SCALARS:
            self._refuse(f"has an array of the unsupported type {kind} before byte {self._at}")
        dtype = np.dtype(_SCALARS[kind]).newbyteorder("<")
        return np.frombuffer(self._take(self._count(dtype.itemsize) * dtype.itemsize), dtype)

    def _describe(self) -> tuple[str, tuple[int, ...], int, int]:
        name = self._string()
        dimensions = self._scalar("I")
        if not 1 <= dimensions <= 4:
            self._refuse(f"gives tensor {name!r} {dimensions} dimensions")
        shape = tuple(int(self._scalar("Q")) for _ in range(dimensions))[::-1]
        return name, shape, self._scalar("I"), self._scalar("Q")

    def _place(
        self, begin: int, described: list[tuple[str, tuple[int, ...], int, int]]
    ) -> Iterator[tuple[str, GgufTensor]]:
        end = begin
        for name, shape, kind, offset in sorted(described, key=lambda entry: entry[3]):
            if kind not in ENCODINGS:
                self._refuse(f"has tensor {name!r} in the unsupported encoding {kind}")
            encoding, elements = ENCODINGS[kind], math.prod(shape)
            # I2_S alone runs over the ends of rows.
            if elements == 0 or (elements if encoding.tail else shape[-1]) % encoding.block:
                self._refuse(f"has tensor {name!r} of shape {shape} in {encoding.name}")
            start = begin + offset
            stop = start + elements // encoding.block * encoding.bytes + encoding.tail
            if start < end:
                self._refuse(f"has tensor {name!r} at byte {start}, inside the one before")
            if stop > self._bytes.size:
                self._refuse(f"must have {stop} bytes for tensor {name!r}, not {self._bytes.size}")
            end = stop
            yield name, GgufTensor(encoding=encoding, shape=shape, start=start, stop=stop)

    def _refuse(self, problem: str) -> NoReturn:
        raise InputError(f"{self.path}: {problem}")
