"""Reading safetensors files: every claim of the header is checked, the data is memory-mapped.

A file is a little-endian uint64 header length, a JSON header {name: {dtype, shape, data_offsets}},
and the data, without holes. Source: the format section of the safetensors README.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from workloads.errors import InputError
from workloads.float_matrix import widen
from workloads.mapped_file import map_file, release_pages

DTYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",  # the upper half of a float32; `read` widens it, `read_stored` does not
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "i1",
    "U8": "u1",
    "BOOL": "?",
}


@dataclass(frozen=True, kw_only=True)
class TensorEntry:
    """What the header says of a tensor; `start` and `stop` count bytes from the data's begin."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    stop: int


class TensorFile:
    """A safetensors file, opened and checked.

    Parameters
    ----------
    path : the file.

    Attributes
    ----------
    entries : dict of name to TensorEntry, in the header's order.
    metadata : dict of str to str, empty if the file has none.

    Raises
    ------
    InputError : if the file is missing, truncated, or its header contradicts itself or the data.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._map = map_file(path, "safetensors")
        self._bytes = np.frombuffer(self._map, np.uint8)
        header = self._parse_header()
        self.metadata: dict[str, str] = header.pop("__metadata__", {})
        self.entries = {name: self._parse_entry(name, entry) for name, entry in header.items()}
        self._check_extents()

    def __contains__(self, name: str) -> bool:
        return name in self.entries

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def read(self, name: str) -> NDArray[Any]:
        """Return a tensor as a read-only view of the mapped file; BF16 as a new float32 array."""
        stored = self.read_stored(name)
        return widen(stored) if self.entries[name].dtype == "BF16" else stored

    def read_stored(self, name: str) -> NDArray[Any]:
        """Return a tensor as a read-only view of the mapped file; BF16 as uint16."""
        entry = self.entries[name]
        raw = self._bytes[self._begin + entry.start : self._begin + entry.stop]
        return raw.view(DTYPES[entry.dtype]).reshape(entry.shape)

    def release(self, name: str) -> None:
        """Let the system take back the memory of a tensor that was read and is not needed soon."""
        entry = self.entries[name]
        release_pages(self._map, self._begin + entry.start, self._begin + entry.stop)

    def _parse_header(self) -> dict[str, Any]:
        if self._bytes.size < 8:
            self._refuse(f"has {self._bytes.size} bytes, too few for a header")
        length = int(self._bytes[:8].view("<u8")[0])
        self._begin = 8 + length
        if self._begin > self._bytes.size:
            self._refuse(f"declares a header of {length} bytes but has {self._bytes.size} in all")
        try:
            header = json.loads(self._bytes[8 : self._begin].tobytes())
        except (ValueError, RecursionError) as error:
            self._refuse(f"has a header that is not JSON ({error})")
        if not isinstance(header, dict):
            self._refuse("has a header that is not a JSON object")
        return header

    def _parse_entry(self, name: str, entry: Any) -> TensorEntry:
        try:
            dtype, shape, (start, stop) = entry["dtype"], entry["shape"], entry["data_offsets"]
            sizes = tuple(shape)
            whole = all(type(value) is int and value >= 0 for value in (*sizes, start, stop))
        except (TypeError, KeyError, ValueError):
            whole = False
        if not whole:
            self._refuse(f"describes tensor {name!r} without dtype, shape and data_offsets")
        if dtype not in DTYPES:
            self._refuse(f"gives tensor {name!r} the unsupported dtype {dtype!r}")
        size = math.prod(sizes) * np.dtype(DTYPES[dtype]).itemsize
        if stop - start != size:
            self._refuse(f"gives tensor {name!r} {stop - start} bytes where its shape needs {size}")
        return TensorEntry(dtype=dtype, shape=sizes, start=start, stop=stop)

    def _check_extents(self) -> None:
        end = 0
        for name, entry in sorted(self.entries.items(), key=lambda item: item[1].start):
            if entry.start != end:
                self._refuse(f"has tensor {name!r} at byte {entry.start} where {end} was expected")
            end = entry.stop
        available = self._bytes.size - self._begin
        if end != available:
            self._refuse(f"declares {end} bytes of tensors but has {available}")

    def _refuse(self, problem: str) -> NoReturn:
        raise InputError(f"{self.path}: {problem}")
