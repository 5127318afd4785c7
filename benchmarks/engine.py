"""The functional engine: its ternary matmuls beside NumPy's and BLAS's, and the shipped model.

    python benchmarks/engine.py [--seconds 0.3] [--json]

One thread; CPU time, so that other work on the machine counts little; the best of as many runs as
fit in `--seconds`. G/s are 10**9 select-and-adds or multiply-adds.
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from workloads.evaluation import evaluate_text
from workloads.generation import generate
from workloads.kernels import matmul_packed, matmul_reference
from workloads.model import Model, load_model
from workloads.random_matrices import random_activations, random_weights

SHAPES = {
    "tiny up_proj, decode": (1, 768, 256),
    "tiny up_proj, prefill": (128, 768, 256),
    "3B down_proj, decode": (1, 3200, 8640),
    "3B down_proj, prefill": (64, 3200, 8640),
}
PROMPT = "And it came to pass, that the king"


def best_seconds(seconds: float, function: Callable[..., Any], *arguments: Any) -> float:
    """Return the least CPU seconds of a call."""
    function(*arguments)
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        started = time.thread_time()
        function(*arguments)
        best = min(best, time.thread_time() - started)
    return best


def measure_matmuls(seconds: float) -> list[dict[str, Any]]:
    """Time each shape on packed weights, the reference, NumPy's int32 and BLAS's float32."""
    rows = []
    for name, (m, n, k) in SHAPES.items():
        weight = random_weights(n, k, 0.4, seed=0)
        x, w = random_activations(m, k, "q_proj", seed=0), weight.unpack()
        calls: dict[str, tuple[Any, ...]] = {
            "packed": (matmul_packed, weight, x),
            "reference": (matmul_reference, x, w),
            "numpy_int32": (np.matmul, x.astype(np.int32), w.T.astype(np.int32)),
            "blas_float32": (np.matmul, x.astype(np.float32), w.astype(np.float32).T),
        }
        rates = {kind: m * n * k / best_seconds(seconds, *call) for kind, call in calls.items()}
        rows.append({"name": name, "m": m, "n": n, "k": k} | rates)
    return rows


def measure_model(model: Model) -> dict[str, float]:
    """Time greedy decoding and the evaluation of held-out text, one thread."""

    def decode(tokens: int) -> None:
        list(generate(model, PROMPT, tokens))

    one, many = (best_seconds(0.5, decode, tokens) for tokens in (1, 101))
    text = (model.checkpoint.folder / "heldout.txt").read_bytes().decode()[:20000]
    started = time.process_time()
    evaluate_text(model, text, threads=1)
    seconds = time.process_time() - started
    return {
        "decode_tokens_per_s": 100 / (many - one),
        "evaluation_bytes_per_s": len(text.encode()) / seconds,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.3, help="for each matmul")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    matmuls, model = measure_matmuls(options.seconds), measure_model(load_model())
    if options.json:
        print(json.dumps({"matmuls": matmuls, "model": model}, indent=2))
        return
    for row in matmuls:
        rates = (f"{kind} {row[kind] / 1e9:6.1f}" for kind in list(row)[4:])
        print(f"{row['name']:24s} G/s: {'  '.join(rates)}")
    for name, value in model.items():
        print(f"{name}: {value:.0f}")


if __name__ == "__main__":
    main()
