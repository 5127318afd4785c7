"""Every command that the documentation shows is run, and prints what is shown; links lead on."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from hwsim.settings import read_settings

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md"))
BLOCK = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# The commands of a plain shell block, which are not run here: another test's, or a placeholder's.
NOT_RUN = ("python3 -m venv ", ". .venv/", "pip install .", "hwsim simulate --model path/to/")


def find_blocks(page: Path) -> list[tuple[str, str, str]]:
    return BLOCK.findall(page.read_text(encoding="utf-8"))


def split_commands(block: str) -> list[tuple[str, str]]:
    """Return the commands of a console block, each with the output that is shown."""
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)
    assert parts[0] == ""
    return [(command, shown) for command, _, shown in (part.partition("\n") for part in parts[1:])]


def matches(shown: str, printed: str) -> bool:
    """Tell whether `printed` is what is `shown`, where ... stands for anything."""
    pattern = ".*".join(re.escape(part) for part in shown.strip().split("..."))
    return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None


@pytest.fixture
def shell(tmp_path: Path) -> dict[str, str]:
    """An environment in which `hwsim` and `python` are those under test."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, words in {"hwsim": "-m hwsim", "python": ""}.items():
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n')
        (programs / name).chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_what_is_shown_is_what_is_printed(
    page: Path, shell: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    for language, title, content in find_blocks(page):
        if title:
            (folder / title).write_text(content, encoding="utf-8")
        for command, shown in split_commands(content) if language == "console" else ():
            done = subprocess.run(
                ["bash", "-o", "pipefail", "-c", command],
                cwd=folder,
                env=shell,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            printed = "\n".join(line.rstrip() for line in done.stdout.splitlines())
            assert done.returncode == 0, (command, printed)
            assert matches(shown, printed), (command, printed)
        if language == "python":
            exec(compile(content, str(page), "exec"), {})
        if language == "sh":
            assert all(line.startswith(NOT_RUN) for line in content.splitlines()), content
        if language == "toml":
            (folder / "settings.toml").write_text(content, encoding="utf-8")
            assert read_settings(folder / "settings.toml")
        assert language in ("console", "python", "sh", "toml", "csv"), language


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_every_link_leads_to_a_page(page: Path) -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).is_file()] == []


def test_ellipses_stand_for_anything() -> None:
    assert matches("a\n...\nz\n", "a\nb\nc\nz")
    assert matches("", "")
    assert not matches("a\n...\nz\n", "a\nb")
    assert not matches("", "a")


def test_every_page_is_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").split("\nnav:\n")[1]
    assert sorted(re.findall(r"[\w/-]+\.md", navigation)) == sorted(
        str(page.relative_to(DOCS)) for page in PAGES
    )


def test_make_docs_installs_what_the_site_needs() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^docs: ", makefile, re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "'.[docs]'" in makefile and "docs" in project["optional-dependencies"]


def test_the_site_fetches_nothing(tmp_path: Path) -> None:
    pytest.importorskip("material", reason="needs the extra docs")
    words = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(tmp_path)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    pages = {path: path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.html")}
    assert len(pages) > len(PAGES)
    fetched = re.compile(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=\"?(?:https?:)?//[^>]*>")
    assert [tag for text in pages.values() for tag in fetched.findall(text)] == []
    library = pages[tmp_path / "reference" / "library.html"]
    assert 'id="hwsim.simulation.simulate"' in library
    assert "Raises InputError" in library
    commands = pages[tmp_path / "reference" / "commands.html"]
    assert "--token-depth" in commands
    index = (tmp_path / "search" / "search_index.json").read_text(encoding="utf-8")
    assert "weight-stationary" in index
