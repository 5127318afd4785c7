"""Files and folders that are whole or not there: written aside, then renamed."""

import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from workloads.errors import InputError


@contextmanager
def write_file(path: Path | str, *, overwrite: bool = False, name: str = "file") -> Iterator[Path]:
    """Yield a path to write to; it becomes `path` if the block ends without an error.

    Call `check_file` before long work. Raises InputError as it does.
    """
    path = Path(path)
    aside = _make_aside(path, overwrite, name)
    try:
        yield aside
        aside.chmod(0o666 & ~_umask())
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def check_file(path: Path | str, *, overwrite: bool = False, name: str = "file") -> None:
    """Refuse a file that `write_file` could not make.

    Raises InputError, which calls the file `name`, if `path` is a folder, exists and not
    `overwrite`, or is in a folder that is missing or cannot be written.
    """
    _make_aside(Path(path), overwrite, name).unlink()


@contextmanager
def write_folder(path: Path | str, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield an empty folder to fill; it becomes `path` if the block ends without an error.

    Call `check_folder` before long work. Raises InputError if `path` exists and is not an empty
    folder, unless `overwrite` and all its files are written anew: no other is ever lost. Raises
    OSError if its parent is not writable.
    """
    path = Path(path).resolve()
    check_folder(path, overwrite=overwrite)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        yield aside
        aside.chmod(0o777 & ~_umask())
        if path.is_dir() and overwrite:
            written = {str(file.relative_to(aside)) for file in aside.rglob("*")}
            _refuse_other_files(path, written)
            _replace_folder(path, aside)
        else:
            aside.replace(path)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise


def check_folder(path: Path | str, *, overwrite: bool = False, names: Collection[str] = ()) -> None:
    """Refuse a folder that `write_folder` could not make; raises InputError.

    `names` are those of the files that will be written, where they are known before.
    """
    path = Path(path)
    if path.exists() and not path.is_dir():
        raise InputError(f"folder must be a new folder, not the file {path}")
    if Path.cwd().is_relative_to(path.resolve()):
        raise InputError(f"folder must not be the current one or one above it, not {path}")
    if path.is_dir() and any(path.iterdir()) and not overwrite:
        raise InputError(f"folder must be new or empty (or --overwrite given), not {path}")
    if path.is_dir() and names:
        _refuse_other_files(path, names)
    parent = next(p for p in (path.absolute(), *path.absolute().parents) if p.exists())
    try:
        Path(tempfile.mkdtemp(dir=parent)).rmdir()
    except OSError:
        raise InputError(f"folder must be writable, not {path} ({parent} is not)") from None


def _make_aside(path: Path, overwrite: bool, name: str) -> Path:
    if path.is_dir():
        raise InputError(f"{name} must be a file, not the folder {path}")
    if os.path.lexists(path) and not overwrite:
        raise InputError(f"{name} must be new (or --overwrite given), not {path}")
    try:
        handle, aside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise InputError(
            f"{name} must be in a folder that can be written, not {path} ({error.strerror})"
        ) from None
    os.close(handle)
    return Path(aside)


def _refuse_other_files(folder: Path, names: Collection[str]) -> None:
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if not path.is_dir() and name not in names:
            raise InputError(
                f"folder must hold nothing but what is written anew, not {folder} (it has {name})"
            )


def _replace_folder(path: Path, new: Path) -> None:
    """Put `new` in the place of `path`; whatever interrupts it, one of them is there, whole."""
    old = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        path.replace(old)
        new.replace(path)
    except BaseException:
        if not path.exists():
            old.replace(path)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
