"""The ternary matmuls of a pass, as other tools want them: a list of named shapes."""

from dataclasses import replace
from pathlib import Path

from hwsim.accounting.subject import Subject, find_subject
from workloads.errors import InputError, require_choice
from workloads.shapes import Matmul, ModelShape

PHASES = ("prefill", "decode")


def list_matmuls(
    model: str | Path | ModelShape | Subject,
    *,
    phase: str | None = None,
    tokens: int = 512,
    every_layer: bool = False,
) -> list[Matmul]:
    """Return the distinct ternary matmuls of `model`, each with its number of occurrences.

    Parameters
    ----------
    model : preset, config.json, checkpoint or trace (a folder), or a `ModelShape`.
    phase : ``prefill``, M = `tokens`, or ``decode``, M = 1; by default prefill, or all that a trace
        recorded. A trace has its own numbers of tokens; `name` then ends with them.
    every_layer : one entry an occurrence, `name` ending with its number, instead of a count.

    Raises InputError.
    """
    if phase is not None:
        require_choice("phase", phase, PHASES)
    subject = find_subject(model)
    if subject.trace is None:
        matmuls = list(subject.shape.matmuls(1 if phase == "decode" else tokens))
    else:
        matmuls = _count_traced(subject, phase)
    if not every_layer:
        return matmuls
    return [
        replace(matmul, name=f"{matmul.name}_{index}", count=1)
        for matmul in matmuls
        for index in range(matmul.count)
    ]


def _count_traced(subject: Subject, phase: str | None) -> list[Matmul]:
    counts: dict[tuple[str, int, int, int], int] = {}
    for traced in subject.trace or ():
        if phase in (None, traced.phase):
            key = (traced.name, traced.m, traced.n, traced.k)
            counts[key] = counts.get(key, 0) + 1
    if not counts:
        raise InputError(f"phase must be one that the trace recorded, not {phase!r}")
    return [
        Matmul(name=f"{name}_m{m}", m=m, n=n, k=k, count=count)
        for (name, m, n, k), count in counts.items()
    ]
