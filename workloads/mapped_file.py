"""Files mapped into memory to be read, whose pages the system may take back at any time."""

import mmap
from pathlib import Path

from workloads.errors import InputError


def map_file(path: Path, kind: str) -> mmap.mmap:
    """Map the file `path`, which should be of `kind`; raises InputError, in one line."""
    refuse_special(path)
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (OSError, ValueError) as error:  # ValueError: an empty file cannot be mapped
        raise InputError(f"{path}: cannot be read as {kind} ({error})") from None


def release_pages(mapped: mmap.mmap, start: int, stop: int) -> None:
    """Let the system take back the pages of bytes that were read and are not needed soon."""
    if hasattr(mapped, "madvise"):
        start = -(-start // mmap.PAGESIZE) * mmap.PAGESIZE
        if stop > start:
            mapped.madvise(mmap.MADV_DONTNEED, start, stop - start)


def refuse_special(path: Path) -> None:
    """Raise InputError if `path` is there but is no file; a pipe would be waited for, forever."""
    if path.exists() and not path.is_file():
        kind = "folder" if path.is_dir() else "device"
        raise InputError(f"{path}: must be a file, not a {kind}")
