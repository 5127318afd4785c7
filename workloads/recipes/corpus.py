"""Fetch, clean and split the training text: about 25 MB of public-domain English.

The held-out file is cut out first, as contiguous passages evenly spaced through each source, in
proportion to its size; then every training line that shares a run of 13 words with it is dropped.

    python -m workloads.recipes.corpus --out DIR

writes DIR/train.txt (documents separated by a NUL byte), DIR/heldout.txt and DIR/corpus.json.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from workloads.recipes.sources import LICENCES, PACKAGES, READERS, fetch

HELDOUT_BYTES = 80_000
PASSAGE_BYTES = 8_000
OVERLAP_WORDS = 13
SEPARATOR = "\x00"


def shingles(text: str) -> Iterator[tuple[str, ...]]:
    """All runs of OVERLAP_WORDS lower-case words."""
    words = re.findall(r"[a-z0-9']+", text.lower())
    return zip(*(words[i:] for i in range(OVERLAP_WORDS)), strict=False)


def cut(documents: list[str], passages: int) -> tuple[list[str], list[str]]:
    """Take `passages` contiguous pieces, evenly spaced, out of documents: (what is left, pieces).

    A piece begins and ends at a line; a document loses at most one piece and is split there.
    """
    starts, total = [], 0
    for document in documents:
        starts.append(total)
        total += len(document)
    rest, pieces = [], []
    targets = [int((i + 0.5) * total / passages) for i in range(passages)]
    for start, document in zip(starts, documents, strict=True):
        inside = [t for t in targets if start <= t < start + len(document)]
        if not inside:
            rest.append(document)
            continue
        at = inside[0] - start if len(document) > 2 * PASSAGE_BYTES else 0
        at = min(at, max(0, len(document) - PASSAGE_BYTES))
        begin = document.rfind("\n", 0, at) + 1 if at else 0
        end = document.find("\n", min(begin + PASSAGE_BYTES, len(document)))
        end = len(document) if end < 0 else end + 1
        pieces.append(document[begin:end].strip("\n") + "\n")
        rest += [part for part in (document[:begin], document[end:]) if part.strip()]
    return rest, pieces


def without_overlap(document: str, forbidden: set[tuple[str, ...]]) -> str:
    """The document less the lines that share a run of OVERLAP_WORDS words with held-out text."""
    lines = document.split("\n")
    return "\n".join(line for line in lines if forbidden.isdisjoint(shingles(line)))


def build(out: Path) -> dict[str, object]:
    """Fetch, clean, split; write the three files under `out` and return what corpus.json holds."""
    packages = out / "packages"
    fetch(packages)
    documents = {name: list(reader(packages)) for name, reader in READERS.items()}
    sizes = {name: sum(map(len, texts)) for name, texts in documents.items()}
    train: dict[str, list[str]] = {}
    heldout: dict[str, list[str]] = {}
    for name, texts in documents.items():
        share = HELDOUT_BYTES * sizes[name] / sum(sizes.values())
        train[name], heldout[name] = cut(texts, max(1, round(share / PASSAGE_BYTES)))
    held_text, spans = "", {}
    for name, pieces in heldout.items():
        begin = len(held_text.encode("utf-8"))
        held_text += "".join(piece + "\n" for piece in pieces)
        spans[name] = (begin, len(held_text.encode("utf-8")))
    forbidden = set(shingles(held_text))
    kept = {name: [without_overlap(t, forbidden) for t in texts] for name, texts in train.items()}
    train_text = SEPARATOR.join(text for texts in kept.values() for text in texts)
    left = sum(
        1 for texts in kept.values() for text in texts for run in shingles(text) if run in forbidden
    )
    (out / "train.txt").write_bytes(train_text.encode("utf-8"))
    (out / "heldout.txt").write_bytes(held_text.encode("utf-8"))
    record: dict[str, object] = {
        "sources": {
            name: {
                "package": LICENCES[name][0],
                "licence": LICENCES[name][1],
                "train_characters": sum(map(len, kept[name])),
                "heldout_characters": sum(map(len, heldout[name])),
                "heldout_passages": len(heldout[name]),
                "heldout_span": spans[name],
                "dropped_for_overlap": sum(map(len, train[name])) - sum(map(len, kept[name])),
            }
            for name in documents
        },
        "packages": {
            name: {"requirement": spec[1], "sha256": spec[2]} for name, spec in PACKAGES.items()
        },
        "train_bytes": (out / "train.txt").stat().st_size,
        "train_sha256": hashlib.sha256((out / "train.txt").read_bytes()).hexdigest(),
        "heldout_bytes": (out / "heldout.txt").stat().st_size,
        "heldout_sha256": hashlib.sha256((out / "heldout.txt").read_bytes()).hexdigest(),
        "heldout_13_word_runs": len(forbidden),
        "heldout_13_word_runs_also_in_training": left,
    }
    (out / "corpus.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return record


def main() -> None:
    """Parse the option and build the corpus."""
    parser = argparse.ArgumentParser(prog="python -m workloads.recipes.corpus", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    json.dump(build(parser.parse_args().out), sys.stdout, indent=2)


if __name__ == "__main__":
    main()
