"""A synthetic trace as a folder: the matmuls of a model that is only a shape.

The table has shapes; weights and activations are written only on demand, as they are large. Either
way the folder can be opened again: every value depends on the manifest's seed alone.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from workloads.errors import InputError
from workloads.files import write_folder
from workloads.json_layout import INT, SHARE, name_all, read_object
from workloads.synthetic import SyntheticTrace
from workloads.tensor_writer import TensorWriter
from workloads.trace_format import ACTIVATIONS, CONVENTIONS, MANIFEST, MATMULS
from workloads.trace_manifest import check_digests, describe_files, read_manifest

FORMAT, VERSION = "synthetic ternary matmul trace", 2
WEIGHTS = "weights.safetensors"
_LAYOUT = name_all(INT, "prefill_tokens decode_tokens seed") | {"zero_fraction": SHARE}
_FIELDS = ("index", "step", "phase", "position", "layer", "name", "m", "n", "k", "input", "weight")
_CONVENTIONS = {key: CONVENTIONS[key] for key in ("matmul", "order", "step")} | {
    "input": f"the name of x in {ACTIVATIONS}, if that is present: int8 [M, K], drawn from the"
    " distribution that was measured on that projection's inputs, in the shipped model whose"
    " activation is the shape's",
    "weight": f"the name of w in {WEIGHTS}, if that is present: packed four to a byte, uint8"
    " [ceil(N / 4), K]: with R = ceil(N / 4), byte [r, k] holds w + 1 of rows r, r + R, r + 2R,"
    " r + 3R in bits 0-1, 2-3, 4-5, 6-7; zero with probability zero_fraction, else -1 or +1",
}


def write_synthetic_trace(
    trace: SyntheticTrace, folder: Path | str, *, values: bool = False, overwrite: bool = False
) -> dict[str, Any]:
    """Write `trace` to the new folder `folder` and return its manifest.

    Parameters
    ----------
    values : write weights and activations too, one matrix in memory at a time.

    Raises InputError if the folder is not empty and not `overwrite`.
    """
    import pandas

    with write_folder(folder, overwrite=overwrite) as aside:
        rows = [{field: getattr(matmul, field) for field in _FIELDS} for matmul in trace]
        pandas.DataFrame(rows).to_parquet(aside / MATMULS, index=False)
        if values:
            _write_values(trace, aside)
        manifest = {
            "format": FORMAT,
            "version": VERSION,
            "model": {"shape": asdict(trace.shape)},
            "prefill_tokens": trace.prefill_tokens,
            "decode_tokens": trace.decode_tokens,
            "zero_fraction": trace.zero_fraction,
            "seed": trace.seed,
            "matmuls": len(rows),
            "conventions": _CONVENTIONS,
        } | describe_files(aside)
        (aside / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return manifest


def read_synthetic_trace(folder: Path | str) -> SyntheticTrace | None:
    """Return the trace of `folder`, or None if its manifest is not that of a synthetic one.

    Raises InputError if it is, but is damaged; OSError.
    """
    path = Path(folder) / MANIFEST
    if not path.is_file() or read_object(path).get("format") != FORMAT:
        return None
    manifest, shape = read_manifest(path, FORMAT, VERSION, _LAYOUT)
    check_digests(path.parent, manifest)
    try:
        return SyntheticTrace(shape, **{name: manifest[name] for name in _LAYOUT})
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _write_values(trace: SyntheticTrace, folder: Path) -> None:
    with TensorWriter(folder / ACTIVATIONS) as inputs, TensorWriter(folder / WEIGHTS) as weights:
        for matmul in trace:
            if matmul.input not in inputs:
                inputs.add(matmul.input, trace.read_input(matmul))
            if matmul.weight not in weights:
                weights.add(matmul.weight, trace.read_weight(matmul).packed)
