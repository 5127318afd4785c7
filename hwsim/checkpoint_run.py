"""A checkpoint's run on the compiled RTL: what it computes for a prompt, matmul by matmul."""

from collections.abc import Sequence
from hashlib import sha256
from itertools import groupby

from hwsim.certificate import Certificate, MatmulCheck, certify
from hwsim.checker import MatmulChecker
from hwsim.checkers import check_groups
from hwsim.prompts import DEFAULT_PROMPT, quote_prompt, require_prompt
from rtl.config import ArrayConfig
from workloads.errors import require_int
from workloads.generation import generate
from workloads.model import MatmulEvent, load_model
from workloads.progress import Report, report_nothing


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
    events: list[MatmulEvent] = []
    generation = generate(model, prompt, tokens, observer=events.append)
    text = "".join(generation)
    checker = MatmulChecker(config, report)
    events.sort(key=lambda event: event.linear.tensor)
    groups = [list(group) for _, group in groupby(events, lambda event: event.linear.tensor)]
    checks: list[MatmulCheck] = []
    names: list[str] = []
    for done, (group, results) in enumerate(check_groups(groups, _check_events, checker), 1):
        checks += results
        names += [f"{event.layer}.{event.name} of step {event.step}" for event in group]
        report(done / len(groups), f"{group[0].linear.tensor} on the array")
    return certify(
        checks,
        scope=f"every ternary matmul of {model.shape.name} for the prompt {quote_prompt(prompt)} "
        f"({len(generation.prompt_tokens)} tokens) and {len(generation.tokens)} generated tokens: "
        f"{text!r}",
        verilog_sha256=sha256(checker.array.verilog.read_bytes()).hexdigest(),
        names=names,
    )


def _check_events(checker: MatmulChecker, events: Sequence[MatmulEvent]) -> list[MatmulCheck]:
    """Check a run's matmuls of one weight."""
    weight = events[0].linear.weight
    return [checker.check(event.x, weight, result=event.y) for event in events]
