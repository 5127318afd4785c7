"""Files that are slow to make, kept by the content of everything that goes into them.

A file's name carries two hashes: of its inputs, by which it is found, and of its own bytes, by
which a damaged one is known and made again. Deleting the folder is always safe.
"""

import contextlib
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import platformdirs

from workloads.errors import InputError


def find_cache_folder() -> Path:
    """Return the folder of kept files, made if need be: HWSIM_CACHE, or the system's for caches.

    Raises InputError if it cannot be written.
    """
    folder = Path(os.environ.get("HWSIM_CACHE") or platformdirs.user_cache_dir("hwsim"))
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        raise InputError(f"HWSIM_CACHE must name a folder that can be written, not {folder}")
    return folder


def find_file(inputs: object, suffix: str, make: Callable[[Path], None]) -> Path:
    """Return the file that `make` writes, from the cache if it is there and intact.

    Of two processes that want the same file, the second waits for the first.

    Parameters
    ----------
    inputs : everything that decides the file's content; its repr is hashed.
    suffix : of the file's name, with the dot.
    make : writes the file at the path it is given.

    Raises
    ------
    InputError : the cache folder cannot be written.
    """
    folder = find_cache_folder()
    key = hashlib.sha256(repr(inputs).encode()).hexdigest()[:32]
    with _lock(folder / f"{key}.lock"):
        return _find_intact(folder, key, suffix) or _make(folder, key, suffix, make)


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _find_intact(folder: Path, key: str, suffix: str) -> Path | None:
    for path in folder.glob(f"{key}-*{suffix}"):
        if path.stem == f"{key}-{_digest(path)}":
            return path
        path.unlink()
    return None


def _make(folder: Path, key: str, suffix: str, make: Callable[[Path], None]) -> Path:
    with tempfile.TemporaryDirectory(dir=folder, prefix=".new-") as aside:
        made = Path(aside) / f"made{suffix}"
        make(made)
        return made.rename(folder / f"{key}-{_digest(made)}{suffix}")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:32]
