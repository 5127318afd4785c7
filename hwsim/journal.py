"""Matmuls that a long verification has done, so that it can be interrupted and resumed."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

from hwsim.certificate import MatmulCheck
from rtl.cache import find_cache_folder
from rtl.config import ArrayConfig
from rtl.library import find_verilog
from workloads.progress import Report, report_nothing
from workloads.trace_format import MANIFEST, MATMULS


class Journal:
    """The checks done so far, by number of the matmul; each is on disk before the next begins.

    Parameters
    ----------
    inputs : everything that decides the checks; another run finds its own journal by it.
    """

    def __init__(self, inputs: object) -> None:
        key = sha256(repr(inputs).encode()).hexdigest()[:32]
        self.path = find_cache_folder() / f"verification-{key}.jsonl"
        self.done: dict[int, MatmulCheck] = dict(_read_lines(self.path))

    def add(self, index: int, check: MatmulCheck) -> None:
        """Keep the check of matmul number `index`."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([index, asdict(check)]) + "\n")

    def forget(self) -> None:
        """Delete what is on disk, once a certificate exists."""
        self.path.unlink(missing_ok=True)


def open_journal(trace: Path, config: ArrayConfig, report: Report = report_nothing) -> Journal:
    """Return the journal of a trace folder on the array `config`, whose Verilog is made if needed.

    A trace that was recorded again has another one: its tables differ in weights or checksums.
    """
    described = [sha256((trace / name).read_bytes()).hexdigest() for name in (MANIFEST, MATMULS)]
    verilog = find_verilog(config, lambda text: report(0.0, text)).read_bytes()
    return Journal((described, config, sha256(verilog).hexdigest()))


def _read_lines(path: Path) -> Iterable[tuple[int, MatmulCheck]]:
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            index, fields = json.loads(line)
            yield int(index), MatmulCheck(**fields)
        except (ValueError, TypeError):
            return  # an interrupted write; what follows it is done again
