"""Running matmuls on the compiled RTL and comparing every output and every cycle.

The reference for outputs is `workloads.kernels.matmul_reference`, a plain loop nest; that for
cycles is `hwsim.cycles.count_cycles`.
"""

import math
from dataclasses import replace
from hashlib import sha256
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from hwsim.certificate import Certificate
from hwsim.cycles import count_cycles
from rtl.compiled import CompiledArray
from rtl.config import ArrayConfig
from rtl.tiling import WeightTiles, pack_weight_bytes
from workloads.errors import require_int
from workloads.generation import generate
from workloads.kernels import matmul_reference
from workloads.model import MatmulEvent, load_model
from workloads.progress import Report, report_nothing
from workloads.shapes import ModelShape
from workloads.synthetic import SyntheticTrace
from workloads.ternary import TernaryMatrix
from workloads.trace import Trace
from workloads.trace_format import hash_result

DEFAULT_PROMPT = "In the beginning God created the heaven and the earth."

# Absmean quantisation zeroes |w| < mean|w| / 2; for Gaussian w that is P(|z| < sqrt(2 / pi) / 2).
GAUSSIAN_ZERO_FRACTION = math.erf(1 / (2 * math.sqrt(math.pi)))


class Verifier:
    """Executes matmuls on one compiled array and keeps the tally.

    Parameters
    ----------
    config : the array; it is built when its library is not in the cache.
    report : called with the share done and what is being done.

    Raises InputError if no compiler is found.
    """

    def __init__(self, config: ArrayConfig, report: Report | None = None) -> None:
        self.config = config
        self.report = report or report_nothing
        self.array = CompiledArray(config, progress=lambda text: self.report(0.0, text))
        self.matmuls = self.outputs = self.lane_operations = 0
        self.mismatched_outputs = self.mismatched_cycles = 0
        self.predicted_cycles = self.simulated_cycles = 0
        self.seconds = 0.0
        self._held: tuple[TernaryMatrix, NDArray[np.int8], WeightTiles] | None = None

    def check(
        self,
        x: NDArray[np.int8],
        weight: TernaryMatrix,
        *,
        result: NDArray[np.int32] | None = None,
        result_sha256: str | None = None,
    ) -> bool:
        """Run x int8[M, K] by w[N, K] and compare; True if nothing differs.

        If the engine's `result` int32[M, N], or the SHA-256 of it, is given, the reference must
        agree with that too; otherwise all outputs of the matmul count as mismatched.
        """
        w, tiles = self._prepare(weight)
        reference = matmul_reference(x, w)
        predicted = count_cycles(self.config, len(x), *w.shape)
        started = perf_counter()
        run = self.array.run_tiles(x, tiles)
        self.seconds += perf_counter() - started
        wrong = int(np.count_nonzero(run.y != reference))
        if result is not None and not np.array_equal(result, reference):
            wrong = run.y.size
        if result_sha256 is not None and hash_result(reference) != result_sha256:
            wrong = run.y.size
        if run.error:
            wrong = run.y.size
        self.matmuls += 1
        self.outputs += run.y.size
        self.mismatched_outputs += wrong
        self.mismatched_cycles += run.cycles != predicted.cycles
        self.predicted_cycles += predicted.cycles
        self.simulated_cycles += run.cycles
        self.lane_operations += predicted.lane_operations
        return not wrong and run.cycles == predicted.cycles

    def _prepare(self, weight: TernaryMatrix) -> tuple[NDArray[np.int8], WeightTiles]:
        # One matrix at a time: a trace that is sorted by weight packs each once.
        if self._held is None or self._held[0] is not weight:
            tiles = pack_weight_bytes(weight.packed, weight.rows, self.config)
            self._held = weight, weight.unpack(), tiles
        return self._held[1:]

    def certify(self, scope: str) -> Certificate:
        """Return the certificate of everything checked so far."""
        return Certificate(
            scope=scope,
            matmuls=self.matmuls,
            outputs=self.outputs,
            mismatched_outputs=self.mismatched_outputs,
            mismatched_cycles=self.mismatched_cycles,
            predicted_cycles=self.predicted_cycles,
            simulated_cycles=self.simulated_cycles,
            lane_operations=self.lane_operations,
            seconds=self.seconds,
            verilog_sha256=sha256(self.array.verilog.read_bytes()).hexdigest(),
        )


def verify_trace(
    trace: Trace | SyntheticTrace, config: ArrayConfig, *, scope: str, report: Report | None = None
) -> Certificate:
    """Execute every matmul of `trace`, weight by weight, one matrix in memory at a time."""
    verifier = Verifier(config, report)
    matmuls = sorted(trace, key=lambda matmul: matmul.weight)
    weight, name = None, ""
    for index, matmul in enumerate(matmuls):
        verifier.report(index / len(matmuls), f"{matmul.weight} on the array")
        if weight is None or matmul.weight != name:
            weight, name = trace.read_weight(matmul), matmul.weight
        verifier.check(
            trace.read_input(matmul),
            weight,
            result=trace.read_result(matmul),
            result_sha256=matmul.result_sha256,
        )
    return verifier.certify(scope)


def verify_layer(
    shape: ModelShape, config: ArrayConfig, *, seed: int = 0, report: Report | None = None
) -> Certificate:
    """Execute every matmul of one layer of a decode step, one matrix in memory at a time.

    Weights are drawn with the model's zero fraction (that of Gaussian weights where none is
    published), activations with the distribution measured on the shipped model; both depend on
    `seed` alone.
    """
    zeros = shape.zero_fraction
    zeros = GAUSSIAN_ZERO_FRACTION if zeros is None else zeros
    trace = SyntheticTrace(replace(shape, layers=1), zero_fraction=zeros, seed=seed)
    scope = (
        f"one whole layer of {shape.name} for one decode token "
        f"(weights drawn with {zeros:.1%} zeros, seed {seed})"
    )
    return verify_trace(trace, config, scope=scope, report=report)


def verify_checkpoint(
    name: str,
    config: ArrayConfig,
    *,
    prompt: str | None = None,
    tokens: int = 4,
    report: Report | None = None,
) -> Certificate:
    """Execute every ternary matmul of a prompt's prefill and of `tokens` - 1 decode steps.

    The prefill gives the first of the `tokens` generated tokens, so each of them is the result of
    matmuls that were executed.
    """
    require_int("generate_tokens", tokens)
    model = load_model(name)
    events: list[MatmulEvent] = []
    generation = generate(model, prompt or DEFAULT_PROMPT, tokens, observer=events.append)
    text = "".join(generation)
    verifier = Verifier(config, report)
    events.sort(key=lambda event: event.linear.tensor)
    for index, event in enumerate(events):
        verifier.report(index / len(events), f"{event.linear.tensor} on the array")
        verifier.check(event.x, event.linear.weight, result=event.y)
    return verifier.certify(
        f"every ternary matmul of {model.shape.name} for a prompt of "
        f"{len(generation.prompt_tokens)} tokens and {len(generation.tokens)} generated: {text!r}"
    )
