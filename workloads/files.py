"""Files and folders that are whole or not there: written aside, then renamed."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workloads.errors import InputError


@contextmanager
def write_file(path: Path | str) -> Iterator[Path]:
    """Yield a path to write to; it becomes `path` if the block ends without an error.

    Raises InputError if `path` is a folder, or in a folder that is missing or cannot be written.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError(f"file must be a file, not the folder {path}")
    try:
        handle, aside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise InputError(
            f"file must be in a folder that can be written, not {path} ({error.strerror})"
        ) from None
    os.close(handle)
    try:
        yield Path(aside)
        Path(aside).chmod(0o666 & ~_umask())
        Path(aside).replace(path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise


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
            _refuse_other_files(path, aside)
            shutil.rmtree(path)
        aside.replace(path)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise


def check_folder(path: Path | str, *, overwrite: bool = False) -> None:
    """Refuse a folder that `write_folder` could not make; raises InputError."""
    path = Path(path)
    if path.exists() and not path.is_dir():
        raise InputError(f"folder must be a new folder, not the file {path}")
    if Path.cwd().is_relative_to(path.resolve()):
        raise InputError(f"folder must not be the current one or one above it, not {path}")
    if path.is_dir() and any(path.iterdir()) and not overwrite:
        raise InputError(f"folder must be new or empty (or --overwrite given), not {path}")
    parent = next(p for p in (path.absolute(), *path.absolute().parents) if p.exists())
    try:
        Path(tempfile.mkdtemp(dir=parent)).rmdir()
    except OSError:
        raise InputError(f"folder must be writable, not {path} ({parent} is not)") from None


def _refuse_other_files(old: Path, new: Path) -> None:
    for path in sorted(old.rglob("*")):
        name = path.relative_to(old)
        if not path.is_dir() and not (new / name).is_file():
            raise InputError(
                f"folder must hold nothing but what is written anew, not {old} (it has {name})"
            )


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
