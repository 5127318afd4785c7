"""What is executed on the compiled RTL for a certificate: a trace, or a shape's drawn one.

Every matmul goes through `hwsim.checker`; one matrix a thread is in memory at a time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import groupby

from hwsim.certificate import Certificate, MatmulCheck, certify
from hwsim.checker import MatmulChecker
from hwsim.checkers import check_groups
from hwsim.drawn_trace import draw_trace
from hwsim.journal import Journal
from rtl.config import ArrayConfig
from rtl.library import find_verilog
from workloads.errors import require_choice, require_int
from workloads.progress import Report, report_nothing
from workloads.shapes import ModelShape
from workloads.synthetic import SyntheticTrace
from workloads.trace import Trace
from workloads.trace_format import TracedMatmul

EXTENTS = ("layer", "token", "full")


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
    done = {} if journal is None else journal.done

    def check(
        worker: MatmulChecker, matmuls: Sequence[TracedMatmul]
    ) -> list[tuple[int, MatmulCheck]]:
        waiting = [matmul for matmul in matmuls if matmul.index not in done]
        return _check_matmuls(worker, trace, waiting)

    total = sum(matmul.macs for matmul in by_weight)
    finished = 0
    for group, results in check_groups(groups, check, checker, threads):
        for index, result in results:
            done[index] = result
            if journal is not None:
                journal.add(index, result)
        finished += sum(matmul.macs for matmul in group)
        report(finished / total, f"{group[0].weight} on the array")
    checks = [done[matmul.index] for matmul in trace]
    if journal is not None:
        journal.forget()
    return certify(checks, scope=scope, verilog_sha256=digest, names=map(name_matmul, trace))


def name_matmul(matmul: TracedMatmul) -> str:
    """Return a matmul's number and place, for example ``matmul 3, 0.o_proj of step 0``."""
    return f"matmul {matmul.index}, {matmul.layer}.{matmul.name} of step {matmul.step}"


def describe_source(trace: Trace | SyntheticTrace) -> str:
    """Return in parentheses that operands were drawn, or nothing for those of a real run."""
    if isinstance(trace, Trace):
        return ""
    return f" (drawn weights and inputs, {trace.zero_fraction:.1%} zeros, seed {trace.seed})"


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
