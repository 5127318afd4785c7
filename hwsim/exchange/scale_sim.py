"""SCALE-Sim's GEMM topologies: a CSV of layer, M, N, K, where M x K meets K x N, as here.

SCALE-Sim drops what follows the last comma of a row, so every row ends with one.
"""

import csv
from collections.abc import Iterable
from pathlib import Path

from hwsim.configuration import MAX_REDUCTION
from workloads.errors import InputError
from workloads.shapes import Matmul

HEADER = "Layer, M, N, K,"
DENSE = "1:1"


def render_topology(matmuls: Iterable[Matmul]) -> str:
    """Return the topology file of `matmuls`, a row each; SCALE-Sim has no counts."""
    rows = [f"{matmul.name}, {matmul.m}, {matmul.n}, {matmul.k}," for matmul in matmuls]
    return "\n".join([HEADER, *rows, ""])


def read_topology(path: Path | str) -> list[Matmul]:
    """Return the matmuls of a GEMM topology file; its first row is a header.

    Raises InputError with file and line for a row that is no dense GEMM, and if there is none;
    OSError if the file cannot be read.
    """
    try:
        lines = Path(path).read_bytes().decode().splitlines()
    except UnicodeDecodeError:
        raise InputError(f"{path}: must be a CSV file in UTF-8") from None
    matmuls = [
        _read_row(f"{path}:{number}", row)
        for number, row in enumerate(csv.reader(lines, skipinitialspace=True), start=1)
        if number > 1 and any(field.strip() for field in row)
    ]
    if not matmuls:
        raise InputError(f"{path}: must have a header and at least one row of layer, M, N, K")
    return matmuls


def _read_row(place: str, row: list[str]) -> Matmul:
    fields = [field.strip() for field in row]
    fields = fields[:-1] if not fields[-1] else fields
    if len(fields) == 5 and fields[4] == DENSE:
        fields.pop()
    if len(fields) != 4:
        raise InputError(f"{place}: must be layer, M, N, K of a dense GEMM, not {', '.join(row)!r}")
    m, n, k = (_read_size(place, *size) for size in zip("MNK", fields[1:], strict=True))
    if k > MAX_REDUCTION:
        raise InputError(f"{place}: K must be an int from 1 to {MAX_REDUCTION}, not {k}")
    return Matmul(name=fields[0], m=m, n=n, k=k)


def _read_size(place: str, name: str, value: str) -> int:
    if not value.isdecimal() or not int(value):
        raise InputError(f"{place}: {name} must be a positive int, not {value!r}")
    return int(value)
