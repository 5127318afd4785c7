"""Recording every ternary matmul of a run in a folder that can be read without this package.

Memory holds one matmul, a batch of table rows, and the statistics.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workloads.checkpoint import Checkpoint
from workloads.files import write_folder
from workloads.model import MatmulEvent
from workloads.statistics import ActivationStatistics
from workloads.tensor_writer import TensorWriter
from workloads.trace_format import (
    ACTIVATIONS,
    CONVENTIONS,
    FORMAT,
    MANIFEST,
    MATMULS,
    RESULTS,
    STATISTICS,
    VERSION,
    hash_result,
)
from workloads.trace_manifest import describe_files

__all__ = ["TraceRecorder", "hash_result", "write_trace"]

_BATCH_ROWS = 4096


@contextmanager
def write_trace(
    folder: str | Path, checkpoint: Checkpoint, *, results: bool = False, overwrite: bool = False
) -> Iterator["TraceRecorder"]:
    """Yield an observer for a run of `checkpoint`; the trace is `folder` if the block succeeds.

    Each y is kept in full with `results`, else as its SHA-256. Raises InputError if the folder
    exists and is not empty, unless `overwrite`.
    """
    with write_folder(folder, overwrite=overwrite) as aside:
        with ExitStack() as files:
            recorder = TraceRecorder(aside, files, results=results)
            yield recorder
        _write_statistics(aside / STATISTICS, recorder.statistics)
        manifest = {
            "format": FORMAT,
            "version": VERSION,
            "model": {
                "checkpoint": checkpoint.source,
                "quantize": checkpoint.quantize,
                "shape": asdict(checkpoint.shape),
            },
            "run": recorder.run,
            "matmuls": recorder.count,
            "conventions": CONVENTIONS,
        } | describe_files(aside)
        text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
        (aside / MANIFEST).write_text(text, encoding="utf-8")


class TraceRecorder:
    """The observer of `write_trace`.

    Attributes
    ----------
    run : dict that goes into the manifest, for example the prompt and its tokens.
    count : matmuls recorded.
    statistics : by layer and the first projection that takes an input.
    """

    def __init__(self, folder: Path, files: ExitStack, *, results: bool) -> None:
        self.run: dict[str, Any] = {}
        self.count = 0
        self.statistics: dict[tuple[int, str], ActivationStatistics] = {}
        self._activations = files.enter_context(TensorWriter(folder / ACTIVATIONS))
        self._results = files.enter_context(TensorWriter(folder / RESULTS)) if results else None
        self._table = files.enter_context(_Table(folder / MATMULS))
        self._last_input: tuple[NDArray[np.int8] | None, str] = (None, "")

    def __call__(self, event: MatmulEvent) -> None:
        """Record one matmul."""
        (m, k), n = event.x.shape, event.y.shape[1]
        if self._results is not None:
            self._results.add(str(self.count), event.y)
        self._table.add(
            index=self.count,
            step=event.step,
            phase=event.phase,
            position=event.position,
            layer=event.layer,
            name=event.name,
            m=m,
            n=n,
            k=k,
            input=self._store_input(event),
            scales=event.scales,
            weight=event.linear.tensor,
            weight_sha256=event.linear.weight.sha256,
            weight_scale=event.linear.scale,
            weight_zeros=event.linear.weight.zeros,
            result_sha256=hash_result(event.y),
        )
        self.count += 1

    def _store_input(self, event: MatmulEvent) -> str:
        known, key = self._last_input
        if event.x is not known:
            key = hashlib.sha256(np.ascontiguousarray(event.x).data).hexdigest()
            if key not in self._activations:
                self._activations.add(key, event.x)
            self.statistics.setdefault((event.layer, event.name), ActivationStatistics()).add(
                event.x
            )
            self._last_input = event.x, key
        return key


def _write_statistics(path: Path, statistics: dict[tuple[int, str], ActivationStatistics]) -> None:
    import pandas as pd

    rows = [
        {
            "layer": layer,
            "name": name,
            "tokens": counts.tokens,
            "values": int(counts.histogram.sum()),
            "zeros": int(counts.histogram[128]),
            "toggled_bits": counts.toggled_bits,
            "histogram": counts.histogram,
        }
        for (layer, name), counts in sorted(statistics.items())
    ]
    pd.DataFrame(rows).to_parquet(path)


class _Table:
    """matmuls.parquet, written in batches of rows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows: list[dict[str, Any]] = []
        self._writer: Any = None

    def add(self, **row: Any) -> None:
        self._rows.append(row)
        if len(self._rows) == _BATCH_ROWS:
            self._flush()

    def __enter__(self) -> "_Table":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self._flush()
        if self._writer is not None:
            self._writer.close()

    def _flush(self) -> None:
        import pyarrow
        import pyarrow.parquet

        if self._rows:
            batch = pyarrow.Table.from_pylist(self._rows)
            if self._writer is None:
                self._writer = pyarrow.parquet.ParquetWriter(self._path, batch.schema)
            self._writer.write_table(batch)
            self._rows = []
