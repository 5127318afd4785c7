"""What is executed on the compiled RTL for a certificate: a trace, a shape, or a checkpoint's run.

Every matmul goes through `hwsim.checker`; one matrix a thread is in memory at a time.
"""

import math
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from hashlib import sha256
from itertools import groupby
from queue import SimpleQueue

from hwsim.certificate import Certificate, MatmulCheck, certify
from hwsim.checker import MatmulChecker
from hwsim.journal import Journal
from rtl.config import ArrayConfig
from rtl.library import find_verilog
from workloads.errors import require_choice, require_int
from workloads.generation import generate
from workloads.model import MatmulEvent, load_model
from workloads.progress import Report, report_nothing
from workloads.shapes import ModelShape
from workloads.synthetic import SyntheticTrace
from workloads.trace import Trace
from workloads.trace_format import TracedMatmul

DEFAULT_PROMPT = "In the beginning God created the heaven and the earth."
EXTENTS = ("layer", "token", "full")

# Absmean quantisation zeroes |w| < mean|w| / 2; for Gaussian w that is P(|z| < sqrt(2 / pi) / 2).
GAUSSIAN_ZERO_FRACTION = math.erf(1 / (2 * math.sqrt(math.pi)))


def verify_trace(
    trace: Trace | SyntheticTrace,
    config: ArrayConfig,
    *,
    scope: str,
    journal: Journal | None = None,
    threads: int | None = None,
    report: Report = report_nothing,
) -> Certificate:
    """Execute every matmul of `trace` and compare.

    Parameters
    ----------
    scope : what the certificate is for, in words.
    journal : of matmuls done before, which are not done again.
    threads : arrays that run at once, by default one a core; nothing depends on it but the time.
    """
    checker = MatmulChecker(config, report)
    digest = sha256(checker.array.verilog.read_bytes()).hexdigest()
    by_weight = sorted(trace, key=lambda matmul: (matmul.weight, matmul.index))
    groups = [list(group) for _, group in groupby(by_weight, lambda matmul: matmul.weight)]
    threads = min(require_int("threads", threads or os.cpu_count() or 1), max(len(groups), 1))
    idle: SimpleQueue[MatmulChecker] = SimpleQueue()
    for spare in (checker, *(MatmulChecker(config) for _ in range(threads - 1))):
        idle.put(spare)
    done = {} if journal is None else journal.done

    def check_group(matmuls: Sequence[TracedMatmul]) -> list[tuple[int, MatmulCheck]]:
        waiting = [matmul for matmul in matmuls if matmul.index not in done]
        worker = idle.get()
        try:
            return _check_matmuls(worker, trace, waiting)
        finally:
            idle.put(worker)

    total = sum(matmul.macs for matmul in by_weight)
    finished = 0
    with ThreadPoolExecutor(threads) as pool:
        jobs = {pool.submit(check_group, group): group for group in groups}
        try:
            for job in as_completed(jobs):
                for index, check in job.result():
                    done[index] = check
                    if journal is not None:
                        journal.add(index, check)
                finished += sum(matmul.macs for matmul in jobs[job])
                report(finished / total, f"{jobs[job][0].weight} on the array")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    checks = [done[matmul.index] for matmul in trace]
    if journal is not None:
        journal.forget()
    return certify(checks, scope=scope, verilog_sha256=digest)


def verify_shape(
    shape: ModelShape,
    config: ArrayConfig,
    *,
    extent: str = "layer",
    tokens: int = 512,
    seed: int = 0,
    threads: int | None = None,
    report: Report = report_nothing,
) -> Certificate:
    """Execute a model that is only a shape, with drawn weights and activations.

    Weights are drawn with the model's zero fraction (that of Gaussian weights where none is
    published), activations with the distribution measured on the shipped model of the same FFN
    activation; both depend on `seed` alone.

    Parameters
    ----------
    extent : ``layer``: one layer of a decode token; ``token``: all layers of it; ``full``: a
        prefill of `tokens` tokens. An interrupted ``token`` or ``full`` is resumed.
    """
    require_choice("extent", extent, EXTENTS)
    published = shape.zero_fraction is not None
    executed = replace(shape, layers=1) if extent == "layer" else shape
    m = require_int("tokens", tokens) if extent == "full" else 1
    trace = draw_trace(executed, prefill_tokens=m, seed=seed)
    zeros = trace.zero_fraction
    what = {
        "layer": f"one whole layer of {shape.name}, one decode token",
        "token": f"all {shape.layers} layers of {shape.name}, one decode token",
        "full": f"all {shape.layers} layers of {shape.name}, a prefill of {m} tokens",
    }[extent]
    scope = (
        f"{what} (drawn weights, {zeros:.1%} zeros{'' if published else ' assumed'}, seed {seed})"
    )
    journal = None
    if extent != "layer":
        verilog = find_verilog(config, lambda text: report(0.0, text)).read_bytes()
        journal = Journal((executed, config, m, zeros, seed, sha256(verilog).hexdigest()))
    return verify_trace(trace, config, scope=scope, journal=journal, threads=threads, report=report)


def draw_trace(
    shape: ModelShape, *, prefill_tokens: int = 1, decode_tokens: int = 0, seed: int = 0
) -> SyntheticTrace:
    """Return a trace of `shape` with its share of zeros, or that of Gaussian weights if unknown."""
    zeros = GAUSSIAN_ZERO_FRACTION if shape.zero_fraction is None else shape.zero_fraction
    return SyntheticTrace(
        shape,
        prefill_tokens=prefill_tokens,
        decode_tokens=decode_tokens,
        zero_fraction=zeros,
        seed=seed,
    )


def verify_checkpoint(
    name: str,
    config: ArrayConfig,
    *,
    quantize: str | None = None,
    prompt: str | None = None,
    tokens: int = 4,
    report: Report = report_nothing,
) -> Certificate:
    """Execute every ternary matmul of a prompt's prefill and of `tokens` - 1 decode steps.

    The prefill gives the first of the `tokens` generated tokens, so each of them is the result of
    matmuls that were executed.
    """
    require_int("generate_tokens", tokens)
    model = load_model(name, quantize=quantize)
    events: list[MatmulEvent] = []
    generation = generate(model, prompt or DEFAULT_PROMPT, tokens, observer=events.append)
    text = "".join(generation)
    checker = MatmulChecker(config, report)
    events.sort(key=lambda event: event.linear.tensor)
    checks = []
    for index, event in enumerate(events):
        report(index / len(events), f"{event.linear.tensor} on the array")
        checks.append(checker.check(event.x, event.linear.weight, result=event.y))
    return certify(
        checks,
        scope=f"every ternary matmul of {model.shape.name} for a prompt of "
        f"{len(generation.prompt_tokens)} tokens and {len(generation.tokens)} generated: {text!r}",
        verilog_sha256=sha256(checker.array.verilog.read_bytes()).hexdigest(),
    )


def _check_matmuls(
    checker: MatmulChecker, trace: Trace | SyntheticTrace, matmuls: Iterable[TracedMatmul]
) -> list[tuple[int, MatmulCheck]]:
    """Check matmuls that share a weight."""
    weight = None
    checks = []
    for matmul in matmuls:
        weight = weight or trace.read_weight(matmul)
        check = checker.check(
            trace.read_input(matmul),
            weight,
            result=trace.read_result(matmul),
            result_sha256=matmul.result_sha256,
        )
        checks.append((matmul.index, check))
    return checks
