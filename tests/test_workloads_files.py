"""Files and folders are whole or not there."""

from pathlib import Path

import pytest

from workloads.errors import InputError
from workloads.files import check_file, check_folder, write_file, write_folder


def test_a_file_appears_whole(tmp_path: Path) -> None:
    target = tmp_path / "result.json"
    with write_file(target) as aside:
        aside.write_text("half")
        assert not target.exists()
        aside.write_text("whole")
    assert target.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [target]


def test_an_error_keeps_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "result.json"
    target.write_text("old")
    with pytest.raises(KeyboardInterrupt), write_file(target, overwrite=True) as aside:
        aside.write_text("half")
        raise KeyboardInterrupt
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_that_exists_is_replaced_only_if_asked(tmp_path: Path) -> None:
    target = tmp_path / "result.json"
    target.write_text("old")
    message = r"^waves must be new \(or --overwrite given\), not .*result.json$"
    with pytest.raises(InputError, match=message):
        check_file(target, name="waves")
    with pytest.raises(InputError, match=message), write_file(target, name="waves"):
        pass
    assert target.read_text() == "old"
    check_file(target, overwrite=True)
    with write_file(target, overwrite=True) as aside:
        aside.write_text("new")
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_a_link_that_leads_nowhere_exists(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"^file must be new "):
        check_file(tmp_path / "link")


def test_a_folder_appears_whole_and_only_once(tmp_path: Path) -> None:
    target = tmp_path / "new" / "run"
    with write_folder(target) as aside:
        (aside / "a").write_text("1")
        assert not target.exists()
    assert [p.name for p in target.iterdir()] == ["a"]
    with pytest.raises(InputError, match=r"^folder must be new or empty .*, not .*run$"):
        check_folder(target)
    with write_folder(target, overwrite=True) as aside:
        (aside / "a").write_text("2")
        (aside / "b").write_text("2")
    assert {p.name: p.read_text() for p in target.iterdir()} == {"a": "2", "b": "2"}


def test_overwriting_loses_no_file_that_is_not_written_anew(tmp_path: Path) -> None:
    (tmp_path / "run" / "deep").mkdir(parents=True)
    (tmp_path / "run" / "deep" / "thesis.tex").write_text("mine")
    with (
        pytest.raises(InputError, match=r"what is written anew, .*\(it has deep/thesis"),
        write_folder(tmp_path / "run", overwrite=True) as aside,
    ):
        (aside / "a").write_text("1")
    with pytest.raises(InputError, match=r"what is written anew, .*\(it has deep/thesis"):
        check_folder(tmp_path / "run", overwrite=True, names=["a"])
    check_folder(tmp_path / "run", overwrite=True, names=["a", "deep/thesis.tex"])
    assert (tmp_path / "run" / "deep" / "thesis.tex").read_text() == "mine"
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_an_interrupted_replacement_keeps_the_old_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "a").write_text("old")
    replace = Path.replace

    def interrupt(self: Path, target: Path) -> Path:
        if (self / "a").exists() and (self / "a").read_text() == "new":
            raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", interrupt)
    with (
        pytest.raises(KeyboardInterrupt),
        write_folder(tmp_path / "run", overwrite=True) as aside,
    ):
        (aside / "a").write_text("new")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert (tmp_path / "run" / "a").read_text() == "old"


@pytest.mark.parametrize("path", [".", "..", "sub/..", "sub/../.."])
def test_the_current_folder_is_not_replaced(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    (here / "sub").mkdir(parents=True)
    monkeypatch.chdir(here)
    with pytest.raises(InputError, match=r"^folder must not be the current one or one above it"):
        check_folder(path, overwrite=True)
    assert (here / "sub").is_dir()


def test_an_error_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), write_folder(tmp_path / "run") as aside:
        (aside / "a").write_text("1")
        raise RuntimeError
    assert not list(tmp_path.iterdir())


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"^folder must be a new folder, not the file"):
        check_folder(tmp_path / "file")
    with pytest.raises(InputError, match=r"^folder must be writable, not .*below"):
        check_folder(tmp_path / "file" / "below")


def test_a_file_goes_to_a_folder_that_can_be_written(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match=r"^file must be a file, not the folder"),
        write_file(tmp_path),
    ):
        pass
    with (
        pytest.raises(InputError, match=r"^file must be in a folder that can be written, not .*x"),
        write_file(tmp_path / "missing" / "x"),
    ):
        pass
