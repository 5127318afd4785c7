"""Traces: the ternary matmuls of a run, with their int8 inputs, as an array will be given them."""

import hashlib
from collections.abc import Iterator
from dataclasses import fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from workloads.checkpoint import Checkpoint, find_checkpoint, read_checkpoint
from workloads.errors import InputError
from workloads.generation import generate
from workloads.json_layout import TEXT
from workloads.model import Model
from workloads.shapes import ModelShape
from workloads.tensor_file import TensorFile
from workloads.ternary import TernaryMatrix
from workloads.trace_format import (
    ACTIVATIONS,
    FORMAT,
    MANIFEST,
    MATMULS,
    RESULTS,
    STATISTICS,
    VERSION,
    TracedMatmul,
    hash_result,
)
from workloads.trace_manifest import check_digests, read_manifest
from workloads.trace_writer import write_trace

if TYPE_CHECKING:
    import pandas as pd


_FIELDS = [field.name for field in fields(TracedMatmul)]


class Trace:
    """A trace folder, opened and checked; iterating yields each TracedMatmul in order.

    Parameters
    ----------
    folder : as `record_trace` wrote it.
    model : shipped model or folder to read weights from, instead of the one recorded.

    Attributes
    ----------
    manifest : dict, what manifest.json says.
    matmuls : pandas.DataFrame, one row a matmul.
    shape : ModelShape of the model.

    Raises
    ------
    InputError : if a file is missing, truncated or not what the manifest says, in one line.
    """

    def __init__(self, folder: str | Path, *, model: str | Path | None = None) -> None:
        self.folder = Path(folder)
        self._model = model
        self.manifest, self.shape = self._read_manifest()
        self.matmuls = self._read_table(MATMULS)
        self._activations = TensorFile(self.folder / ACTIVATIONS)
        results = self.folder / RESULTS
        self._results = TensorFile(results) if RESULTS in self.manifest["files"] else None
        if len(self) != self.manifest.get("matmuls"):
            self._refuse(MATMULS, f"must have {self.manifest.get('matmuls')} rows, not {len(self)}")
        if missing := set(_FIELDS) - set(self.matmuls):
            self._refuse(MATMULS, f"must have the columns {', '.join(sorted(missing))}")

    def __len__(self) -> int:
        return len(self.matmuls)

    def __iter__(self) -> Iterator[TracedMatmul]:
        for row in self.matmuls[_FIELDS].itertuples(index=False):
            yield TracedMatmul(**row._asdict())

    @property
    def statistics(self) -> "pd.DataFrame":
        """One row a layer and input: zeros, toggled bits and histogram of the activations."""
        return self._read_table(STATISTICS)

    @cached_property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint that the trace was made from; raises InputError if it is not there."""
        model = self.manifest["model"]
        if self._model is None:
            self._find_recorded(model["checkpoint"])
        return read_checkpoint(self._model or model["checkpoint"], quantize=model.get("quantize"))

    def _find_recorded(self, checkpoint: str) -> None:
        try:
            find_checkpoint(checkpoint)
        except InputError:
            raise InputError(
                f"{self.folder}: its weights are those of {checkpoint}, which is not there: move "
                "the model back, or record the trace again"
            ) from None

    @cached_property
    def _weights(self) -> dict[str, TernaryMatrix]:
        return {linear.tensor: linear.weight for linear in self.checkpoint.linears}

    def read_input(self, matmul: TracedMatmul) -> NDArray[np.int8]:
        """Return x int8[M, K], checked against its SHA-256; raises InputError."""
        if matmul.input not in self._activations:
            self._refuse(ACTIVATIONS, f"has no tensor {matmul.input}")
        x: NDArray[np.int8] = self._activations.read(matmul.input)
        if x.shape != (matmul.m, matmul.k) or x.dtype != np.int8:
            self._refuse(ACTIVATIONS, f"has {x.dtype} {x.shape} for matmul {matmul.index}")
        if hashlib.sha256(x.data).hexdigest() != matmul.input:
            self._refuse(ACTIVATIONS, f"has other bytes than recorded for matmul {matmul.index}")
        return x

    def read_weight(self, matmul: TracedMatmul) -> TernaryMatrix:
        """Return w[N, K] from the checkpoint, checked against its SHA-256; raises InputError."""
        weight = self._weights.get(matmul.weight)
        if weight is None or weight.sha256 != matmul.weight_sha256:
            raise InputError(
                f"{self.checkpoint.folder}: tensor {matmul.weight!r} is not the one of the trace"
            )
        return weight

    def read_result(self, matmul: TracedMatmul) -> NDArray[np.int32] | None:
        """Return y int32[M, N] if the trace keeps results, else None; raises InputError."""
        if self._results is None:
            return None
        name = str(matmul.index)
        if name not in self._results:
            self._refuse(RESULTS, f"has no tensor {name}")
        y: NDArray[np.int32] = self._results.read(name)
        if hash_result(y) != matmul.result_sha256:
            self._refuse(RESULTS, f"has other bytes than recorded for matmul {name}")
        return y

    def _read_manifest(self) -> tuple[dict[str, Any], ModelShape]:
        layout = {"model": {"checkpoint": TEXT}}
        try:
            manifest, shape = read_manifest(self.folder / MANIFEST, FORMAT, VERSION, layout)
            for name, size in manifest["files"].items():
                found = (self.folder / name).stat().st_size
                if found != size:
                    self._refuse(name, f"must have {size} bytes, not {found}")
            check_digests(self.folder, manifest)
        except OSError as error:
            name = Path(error.filename or MANIFEST).name
            problem = f"{name}: {error.strerror}"
            raise InputError(f"{self.folder}: is not a whole trace ({problem})") from None
        return manifest, shape

    def _read_table(self, name: str) -> "pd.DataFrame":
        import pandas as pd

        try:
            return pd.read_parquet(self.folder / name)
        except Exception as error:  # pyarrow raises many classes
            line = str(error).splitlines()[0]
            self._refuse(name, f"cannot be read ({line})")

    def _refuse(self, name: str, problem: str) -> NoReturn:
        raise InputError(f"{self.folder / name}: {problem}")


def read_trace(folder: str | Path, *, model: str | Path | None = None) -> Trace:
    """Open a trace folder; `model` says where its checkpoint is now, if it moved.

    Raises InputError, in one line.
    """
    return Trace(folder, model=model)


def record_trace(
    model: Model,
    folder: str | Path,
    prompt: str,
    max_tokens: int,
    *,
    temperature: float = 0.0,
    top_p: float = 1.0,
    seed: int = 0,
    results: bool = False,
    overwrite: bool = False,
) -> Trace:
    """Generate as `workloads.generation.generate` does and write every matmul to `folder`.

    Results are kept in full with `results`, else as a SHA-256. Raises InputError.
    """
    with write_trace(folder, model.checkpoint, results=results, overwrite=overwrite) as recorder:
        generation = generate(
            model,
            prompt,
            max_tokens,
            temperature=temperature,
            top_p=top_p,
            seed=seed,
            observer=recorder,
        )
        text = "".join(generation)
        recorder.run = {
            "prompt": prompt,
            "prompt_tokens": generation.prompt_tokens,
            "text": text,
            "tokens": generation.tokens,
            "stop_reason": generation.stop_reason,
            "temperature": temperature,
            "top_p": top_p,
            "seed": seed,
        }
    return Trace(folder)
