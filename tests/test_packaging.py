"""The wheel in an empty environment, run from another folder."""

import json
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(*command: object, cwd: Path) -> str:
    finished = subprocess.run(
        [str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT, cwd=folder)
    (path,) = folder.glob("hwsim-*.whl")
    return path


def test_the_wheel_has_five_packages_and_their_data(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    tops = {name.split("/")[0] for name in names if ".dist-info" not in name}
    assert tops == {"hwsim", "rtl", "energy", "workloads", "reports"}
    tracked = run("git", "ls-files", *sorted(tops), cwd=ROOT).split()
    assert set(tracked) - names == set()
    assert {"workloads/tiny/model.safetensors", "rtl/driver.cpp"} <= names
    assert "workloads/tiny-swiglu/model.safetensors" in names


def test_the_wheel_runs_from_another_folder(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    binaries = tmp_path / "venv" / "bin"
    constraints = ROOT / "constraints.txt"
    run(binaries / "pip", "install", "-q", "-c", constraints, wheel, cwd=tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    words = ("simulate", "--model", "3B", "--no-verify", "--json")
    simulated = json.loads(run(binaries / "hwsim", *words, cwd=elsewhere))
    assert simulated["model"]["hidden"] == 3200
    words = ("generate", "--model", "tiny", "--prompt", "In the beginning", "--max-tokens", "4")
    assert run(binaries / "hwsim", *words, cwd=elsewhere).startswith("In the beginning")
