"""Waveforms of one matmul: every signal of the array while it computes it."""

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from hwsim.certificate import Certificate, certify
from hwsim.checker import MatmulChecker
from hwsim.drawn_trace import draw_trace
from hwsim.modelling import choose_model
from hwsim.prompts import DEFAULT_PROMPT, require_prompt
from hwsim.verification import describe_source, name_matmul
from rtl.config import ArrayConfig
from rtl.waves import choose_format
from workloads.errors import InputError
from workloads.files import check_file
from workloads.model import load_model
from workloads.progress import Report, report_nothing
from workloads.synthetic import SyntheticTrace
from workloads.trace import Trace, record_trace
from workloads.trace_format import TracedMatmul


def record_waves(
    trace: Trace | SyntheticTrace,
    config: ArrayConfig,
    path: Path,
    *,
    matmul: str | None = None,
    overwrite: bool = False,
    report: Report = report_nothing,
) -> Certificate:
    """Execute one matmul of `trace`, write all signals to `path`, and compare as ever.

    Parameters
    ----------
    path : a .fst or a .vcd file.
    matmul : which one, as for `find_matmul`; by default the first.

    Raises InputError if `path` or `matmul` is none, or `path` exists and not `overwrite`.
    """
    waves = choose_format(path)
    check_file(path, overwrite=overwrite, name="waves")
    chosen = find_matmul(trace, matmul)
    checker = MatmulChecker(config, report, waves=waves)
    name = f"{chosen.layer}.{chosen.name} of step {chosen.step}"
    report(0.5, f"recording {name}")
    with checker.array.record(path, overwrite=overwrite):
        check = checker.check(
            trace.read_input(chosen),
            trace.read_weight(chosen),
            result=trace.read_result(chosen),
            result_sha256=chosen.result_sha256,
        )
    return certify(
        [check],
        scope=f"{name_matmul(chosen)}: ({chosen.m}, {chosen.n}, {chosen.k}), in {path}"
        + describe_source(trace),
        names=[name_matmul(chosen)],
        verilog_sha256=sha256(checker.array.verilog.read_bytes()).hexdigest(),
    )


def find_matmul(matmuls: Iterable[TracedMatmul], name: str | None = None) -> TracedMatmul:
    """Return the first matmul of `matmuls` that `name` fits.

    `name` is a matmul's number, a projection (``q_proj``), or one of a layer (``3.q_proj``); None
    fits all. Raises InputError.
    """
    for matmul in matmuls:
        if name in (None, str(matmul.index), matmul.name, f"{matmul.layer}.{matmul.name}"):
            return matmul
    raise InputError(
        f"matmul must be a number, a projection like q_proj, or 3.q_proj, of the trace, not {name}"
    )


def record_model_waves(
    model: str,
    config: ArrayConfig,
    path: Path,
    *,
    matmul: str | None = None,
    quantize: str | None = None,
    prompt: str | None = None,
    generate_tokens: int = 1,
    seed: int = 0,
    overwrite: bool = False,
    report: Report = report_nothing,
) -> Certificate:
    """Do what `record_waves` does with a matmul of `model`.

    A checkpoint's matmuls are those of `prompt` and the tokens generated after it, a shape's those
    of a decode token, with operands drawn from `seed`. Raises InputError.
    """
    choose_format(path)
    check_file(path, overwrite=overwrite, name="waves")
    choice = choose_model(model, quantize=quantize)
    if choice.checkpoint is None:
        drawn = draw_trace(choice.shape, seed=seed)
        return record_waves(drawn, config, path, matmul=matmul, overwrite=overwrite, report=report)
    prompt = require_prompt(DEFAULT_PROMPT if prompt is None else prompt)
    loaded = load_model(choice.checkpoint, quantize=quantize)
    with TemporaryDirectory(prefix="hwsim-") as folder:
        trace = record_trace(loaded, Path(folder) / "run.trace", prompt, generate_tokens)
        return record_waves(trace, config, path, matmul=matmul, overwrite=overwrite, report=report)
