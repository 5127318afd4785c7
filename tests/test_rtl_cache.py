"""rtl.cache: kept files are found, damaged ones made again, and two processes make one."""

import multiprocessing
import time
from pathlib import Path

import pytest

from rtl.cache import find_cache_folder, find_file
from workloads.errors import InputError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HWSIM_CACHE", str(tmp_path / "deep" / "cache"))
    return tmp_path / "deep" / "cache"


def make_slowly(path: Path) -> None:
    with (path.parent.parent / "made.log").open("a") as log:
        log.write("made\n")
    time.sleep(0.2)
    path.write_text("content")


def find_slowly(_: int) -> str:
    return find_file("inputs", ".txt", make_slowly).read_text()


def test_a_file_is_made_once(folder: Path) -> None:
    first = find_file(("a", 1), ".txt", lambda path: path.write_text("one") and None)
    again = find_file(("a", 1), ".txt", lambda path: path.write_text("two") and None)
    other = find_file(("a", 2), ".txt", lambda path: path.write_text("two") and None)
    assert first == again
    assert (first.read_text(), other.read_text()) == ("one", "two")
    assert first.parent == folder


def test_a_damaged_file_is_made_again(folder: Path) -> None:
    path = find_file("inputs", ".txt", make_slowly)
    path.write_text("contend")
    assert find_file("inputs", ".txt", make_slowly).read_text() == "content"
    assert len(list(folder.glob("*.txt"))) == 1


def test_what_fails_leaves_nothing(folder: Path) -> None:
    def fail(path: Path) -> None:
        path.write_text("half")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match=r"^no$"):
        find_file("inputs", ".txt", fail)
    assert [path.suffix for path in folder.iterdir()] == [".lock"]
    assert find_file("inputs", ".txt", make_slowly).read_text() == "content"


def test_two_processes_make_one(folder: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert pool.map(find_slowly, range(2)) == ["content"] * 2
    assert (folder / "made.log").read_text() == "made\n"


def test_folder_of_the_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HWSIM_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    found = find_cache_folder()
    assert found.is_dir()
    assert found.is_relative_to(tmp_path)
    assert found.name == "hwsim"


def test_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HWSIM_CACHE", str(tmp_path / "file"))
    with pytest.raises(InputError) as error:
        find_file("inputs", ".txt", make_slowly)
    expected = f"HWSIM_CACHE must name a folder that can be written, not {tmp_path / 'file'}"
    assert str(error.value) == expected
