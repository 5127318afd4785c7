"""Writing safetensors files tensor by tensor, so that memory holds one tensor at a time."""

import json
import shutil
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workloads.tensor_file import DTYPES

_NAMES = {np.dtype(code): name for name, code in DTYPES.items() if name != "BF16"}


class TensorWriter:
    """A context manager that collects tensors beside `path` and puts the header before them.

    Parameters
    ----------
    path : the file; it is written at the end of the block, if no error left it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._header: dict[str, Any] = {}
        self._size = 0
        self._file = self._part.open("wb")

    def __contains__(self, name: str) -> bool:
        return name in self._header

    def add(self, name: str, array: NDArray[Any]) -> None:
        """Append a tensor; raises ValueError if the name is taken."""
        if name in self._header:
            raise ValueError(f"name must be new, not {name!r}")
        data = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        self._header[name] = {
            "dtype": _NAMES[data.dtype],
            "shape": list(data.shape),
            "data_offsets": [self._size, self._size + data.nbytes],
        }
        self._file.write(data.data)
        self._size += data.nbytes

    def __enter__(self) -> "TensorWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()
        if error is None:
            header = json.dumps(self._header, separators=(",", ":")).encode()
            header += b" " * (-len(header) % 8)  # so that the data is aligned
            with self._path.open("wb") as target, self._part.open("rb") as source:
                target.write(len(header).to_bytes(8, "little"))
                target.write(header)
                shutil.copyfileobj(source, target, 1 << 20)
        self._part.unlink()
