"""Traces by name of a model: of a checkpoint's run, or of a model that is only a shape."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hwsim.prompts import require_prompt
from workloads.errors import require_int
from workloads.shapes import ModelShape
from workloads.trace_format import TracedMatmul


def trace_checkpoint(
    name: str,
    folder: Path,
    prompt: str,
    max_tokens: int,
    *,
    temperature: float = 0.0,
    top_p: float = 1.0,
    seed: int = 0,
    quantize: str | None = None,
    results: bool = False,
    overwrite: bool = False,
) -> dict[str, Any]:
    """Generate, write every matmul to `folder`, and return what was written; raises InputError.

    `temperature`, `top_p` and `seed` as of `workloads.generation.generate`.
    """
    from workloads.model import load_model
    from workloads.trace import record_trace

    require_prompt(prompt)
    model = load_model(name, quantize=quantize)
    trace = record_trace(
        model,
        folder,
        prompt,
        max_tokens,
        temperature=temperature,
        top_p=top_p,
        seed=seed,
        results=results,
        overwrite=overwrite,
    )
    return _summarise(folder, trace, trace.manifest["files"])


def trace_shape(
    shape: ModelShape,
    folder: Path,
    *,
    tokens: int = 512,
    max_tokens: int = 8,
    values: bool = False,
    seed: int = 0,
    overwrite: bool = False,
) -> dict[str, Any]:
    """Write the matmuls of a shape's prefill and of `max_tokens` - 1 decode steps; as above.

    With `values` drawn weights and activations too. Raises InputError.
    """
    require_int("tokens", tokens)
    require_int("max_tokens", max_tokens)
    from hwsim.drawn_trace import draw_trace
    from workloads.synthetic_folder import write_synthetic_trace

    trace = draw_trace(shape, prefill_tokens=tokens, decode_tokens=max_tokens - 1, seed=seed)
    manifest = write_synthetic_trace(trace, folder, values=values, overwrite=overwrite)
    return _summarise(folder, trace, manifest["files"])


def _summarise(
    folder: Path, trace: Iterable[TracedMatmul], files: dict[str, int]
) -> dict[str, Any]:
    macs = [matmul.macs for matmul in trace]
    return {"folder": str(folder), "matmuls": len(macs), "macs": sum(macs), "files": files}
