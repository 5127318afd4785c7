"""A checkpoint's run on the compiled RTL: what it computes for a prompt, matmul by matmul."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from hwsim.certificate import Certificate, MatmulCheck, certify
from hwsim.checker import MatmulChecker
from hwsim.checkers import check_groups
from hwsim.prompts import DEFAULT_PROMPT, quote_prompt, require_prompt
from rtl.config import ArrayConfig
from workloads.decoder_layer import BitLinear
from workloads.errors import require_int
from workloads.generation import generate
from workloads.model import MatmulEvent, load_model
from workloads.progress import Report, report_nothing
from workloads.trace_format import hash_result


@dataclass(frozen=True, kw_only=True, eq=False)
class _Executed:
    """What is kept of a matmul until the array has run it: its result is many times as large."""

    name: str
    linear: BitLinear
    x: NDArray[np.int8]
    result_sha256: str


def verify_checkpoint(
    name: str,
    config: ArrayConfig,
    *,
    quantize: str | None = None,
    prompt: str = DEFAULT_PROMPT,
    tokens: int = 4,
    report: Report = report_nothing,
) -> Certificate:
    """Execute every ternary matmul of a prompt's prefill and of `tokens` - 1 decode steps.

    The prefill gives the first of the `tokens` generated tokens, so each of them is the result of
    matmuls that were executed.
    """
    require_int("generate_tokens", tokens)
    require_prompt(prompt)
    model = load_model(name, quantize=quantize)
    executed: list[_Executed] = []

    def record(event: MatmulEvent) -> None:
        name = f"{event.layer}.{event.name} of step {event.step}"
        digest = hash_result(event.y)
        executed.append(_Executed(name=name, linear=event.linear, x=event.x, result_sha256=digest))

    generation = generate(model, prompt, tokens, observer=record)
    text = "".join(generation)
    checker = MatmulChecker(config, report)
    executed.sort(key=lambda matmul: matmul.linear.tensor)
    groups = [list(group) for _, group in groupby(executed, lambda matmul: matmul.linear.tensor)]
    checks: list[MatmulCheck] = []
    names: list[str] = []
    for done, (group, results) in enumerate(check_groups(groups, _check_matmuls, checker), 1):
        checks += results
        names += [matmul.name for matmul in group]
        report(done / len(groups), f"{group[0].linear.tensor} on the array")
    return certify(
        checks,
        scope=f"every ternary matmul of {model.shape.name} for the prompt {quote_prompt(prompt)} "
        f"({len(generation.prompt_tokens)} tokens) and {len(generation.tokens)} generated tokens: "
        f"{text!r}",
        verilog_sha256=sha256(checker.array.verilog.read_bytes()).hexdigest(),
        names=names,
    )


def _check_matmuls(checker: MatmulChecker, matmuls: Sequence[_Executed]) -> list[MatmulCheck]:
    """Check a run's matmuls of one weight."""
    weight = matmuls[0].linear.weight
    return [checker.check(one.x, weight, result_sha256=one.result_sha256) for one in matmuls]
