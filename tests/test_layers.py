"""The folders import downward only; light modules stay light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("hwsim", "reports", "rtl", "energy", "workloads")
MAY_IMPORT = {
    "hwsim": {"hwsim", "reports", "rtl", "energy", "workloads"},
    "reports": {"reports", "energy", "workloads"},
    "rtl": {"rtl", "workloads"},
    "energy": {"energy", "workloads"},
    "workloads": {"workloads"},
}


def imported_packages(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("folder", FOLDERS)
def test_imports_go_downward(folder: str) -> None:
    sources = sorted((ROOT / folder).rglob("*.py"))
    assert sources
    wrong = {
        str(path.relative_to(ROOT)): upward
        for path in sources
        if (upward := imported_packages(path) & set(FOLDERS) - MAY_IMPORT[folder])
    }
    assert not wrong


def test_every_public_module_has_a_docstring() -> None:
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


@pytest.mark.parametrize("module", ["hwsim", "hwsim.cli", "hwsim.cycles", "workloads.shapes"])
def test_light_modules_import_nothing_heavy(module: str) -> None:
    heavy = {"numba", "pandas", "plotly", "amaranth", "pyarrow", "tokenizers", "rich", "torch"}
    code = f"import sys, {module}; print(*(set(sys.modules) & {heavy!r}))"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (output.returncode, output.stdout.split()) == (0, [])
