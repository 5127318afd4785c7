"""The functional engine beside its peers and its machine's limits, interleaved in one run.

    python benchmarks/engine.py [--instructions avx2] [--rounds 30] [--bitnet LIBRARY] [--json]

Matmuls run on one thread, by its CPU time; a 3B token on one and on all cores. A round runs all of
them once, so that other work on the machine hits all alike; rates are those of the best round,
ratios are medians over the rounds of two times in one round. `--instructions avx2` has the engine
compiled for a processor with AVX2 and no more, and oneDNN run as on one; what others choose is
theirs. Peers run if this Python can import them: torch, xllamacpp (llama.cpp), ik_llama_cpp,
litespark_inference. GMAC/s are 10**9 multiply-adds a second.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
if "avx2" in sys.argv:  # read when numba and torch are imported
    os.environ |= {"NUMBA_CPU_NAME": "x86-64-v3", "NUMBA_CPU_FEATURES": "+avx2"}
    os.environ |= {"ONEDNN_MAX_CPU_ISA": "AVX2"}

from engine_limits import load_rate, multiply_add_rate, read_memory
from engine_peers import find_peers

from workloads.engine.instructions import find_instructions
from workloads.engine.matmul import matmul_packed
from workloads.engine.memory import allocate
from workloads.engine.threads import count_cores
from workloads.evaluation import evaluate_text
from workloads.generation import generate
from workloads.model import load_model
from workloads.random_matrices import random_activations, random_weights
from workloads.ternary import TernaryMatrix

SHAPES = [(3200, 3200), (8640, 3200), (3200, 8640), (6912, 2560)]
LAYER = [(3200, 3200)] * 4 + [(8640, 3200)] * 2 + [(3200, 8640)]
LAYERS = 26  # of the 3B model
LOADS_PER_MAC = 14 / 512  # of `gemm_tables`: for 32 tokens by 16 columns 4 places, 8 + 2 vectors
Times = dict[str, list[float]]
Clock = Callable[[], float]


def time_rounds(rounds: int, calls: dict[str, Callable[[], Any]], clock: Clock) -> Times:
    """Return the seconds of every call, round by round."""
    times: Times = {name: [] for name in calls}
    for call in calls.values():
        call()
    for _ in range(rounds):
        for name, call in calls.items():
            started = clock()
            call()
            times[name].append(clock() - started)
    return times


def ratio(times: Times, name: str, base: str = "ours") -> float:
    """Return how many times as long `name` takes, the median over the rounds."""
    return statistics.median(a / b for a, b in zip(times[name], times[base], strict=True))


def measure_matmuls(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Time each shape for one token and for 128, on one thread."""
    peers, rows = find_peers(1, options.bitnet), []
    for m in (1, 128):
        for n, k in SHAPES:
            weight, x = (
                random_weights(n, k, 0.4, seed=0),
                random_activations(m, k, "q_proj", seed=0),
            )
            w = weight.unpack()
            calls: dict[str, Callable[[], Any]] = {
                "ours": lambda weight=weight, x=x: matmul_packed(weight, x, threads=1)
            }
            for name, prepare in peers.items():
                call = prepare(w, x)
                if call is not None:
                    calls[name] = call
            ceilings: list[float] = []
            loads: list[float] = []
            calls["ceiling"] = lambda ceilings=ceilings: ceilings.append(multiply_add_rate())
            calls["loads"] = lambda loads=loads: loads.append(load_rate())
            rounds = options.rounds if m == 1 else max(5, options.rounds // 3)
            times = time_rounds(rounds, calls, time.thread_time)
            del times["ceiling"], times["loads"]
            row = {"m": m, "n": n, "k": k}
            row["gmac_per_s"] = {
                name: m * n * k / min(seconds) / 1e9 for name, seconds in times.items()
            }
            row["times_as_long"] = {name: ratio(times, name) for name in times if name != "ours"}
            row["ceiling_gmac_per_s"] = max(ceilings) / 1e9
            row["of_ceiling"] = statistics.median(
                m * n * k / seconds / ceiling
                for seconds, ceiling in zip(times["ours"], ceilings[1:], strict=True)
            )
            if m > 1 and options.instructions == "avx2":
                row["of_loads"] = statistics.median(
                    m * n * k * LOADS_PER_MAC / seconds / rate
                    for seconds, rate in zip(times["ours"], loads[1:], strict=True)
                )
            rows.append(row)
    return rows


def measure_token(options: argparse.Namespace) -> dict[str, Any]:
    """Time a token's 182 matmuls of the 3B model from memory, and one read of all their bytes."""
    sizes = LAYER * LAYERS
    memory = allocate((sum(-(-n // 4) * k for n, k in sizes),), np.uint8)
    started, at, layers = time.perf_counter(), 0, []
    for seed, (n, k) in enumerate(sizes):
        drawn = random_weights(n, k, 0.4, seed=seed).packed
        packed = memory[at : at + drawn.size].reshape(drawn.shape)
        packed[:] = drawn
        layers.append(TernaryMatrix(packed=packed, rows=n))
        at += drawn.size
    built = time.perf_counter() - started
    inputs = {k: random_activations(1, k, "q_proj", seed=0) for _, k in LAYER}
    size = memory.nbytes

    def read(threads: int) -> None:
        read_memory(threads, memory)

    def decode(threads: int) -> None:
        for weight in layers:
            x = inputs[weight.shape[1]]
            matmul_packed(weight, x, threads=threads)

    result: dict[str, Any] = {"packed_bytes": size, "built_s": built, "matmuls": len(layers)}
    for threads in sorted({1, count_cores()}):
        calls: dict[str, Callable[[], Any]] = {
            "read": lambda threads=threads: read(threads),
            "token": lambda threads=threads: decode(threads),
        }
        clock = time.thread_time if threads == 1 else time.perf_counter
        times = time_rounds(max(5, options.rounds // 2), calls, clock)
        result[f"threads_{threads}"] = {
            "token_gb_per_s": size / min(times["token"]) / 1e9,
            "read_gb_per_s": size / min(times["read"]) / 1e9,
            "of_read": ratio(times, "read", "token"),
            "of_best_read": min(times["read"]) / min(times["token"]),
        }
    return result


def measure_model() -> dict[str, float]:
    """Time greedy decoding and the evaluation of held-out text by the shipped model."""
    model = load_model()

    def decode(tokens: int) -> None:
        list(generate(model, "And it came to pass, that the king", tokens))

    calls = {"one": lambda: decode(1), "many": lambda: decode(101)}
    times = time_rounds(10, calls, time.thread_time)
    text = (model.checkpoint.folder / "heldout.txt").read_bytes().decode()[:20000]
    started = time.process_time()
    evaluate_text(model, text, threads=1)
    return {
        "decode_tokens_per_s": 100 / (min(times["many"]) - min(times["one"])),
        "evaluation_bytes_per_cpu_s": len(text.encode()) / (time.process_time() - started),
    }


def show(result: dict[str, Any]) -> None:
    """Print all of it as text."""
    for row in result["matmuls"]:
        m, n, k = row["m"], row["n"], row["k"]
        print(f"\nM {m}, {n} x {k}: ours {row['gmac_per_s']['ours']:.0f} GMAC/s", end="")
        if m == 1:
            print(f", {row['gmac_per_s']['ours'] / 4:.1f} GB/s of packed weights", end="")
        print(f"; {row['of_ceiling']:.2f} x vpmaddubsw's {row['ceiling_gmac_per_s']:.0f}", end="")
        print(f"; {row['of_loads']:.2f} of all loads" if "of_loads" in row else "")
        for name, times in row["times_as_long"].items():
            print(f"    {name:22s}{row['gmac_per_s'][name]:8.0f} GMAC/s   {times:6.2f} x our time")
    token = dict(result["token"])
    print(f"\n{token.pop('matmuls')} matmuls of a 3B token, ", end="")
    print(f"{token.pop('packed_bytes') / 1e9:.2f} GB packed, built in {token.pop('built_s'):.1f} s")
    for name, rates in token.items():
        print(f"    {name}: {rates['token_gb_per_s']:.1f} GB/s, reads", end="")
        print(f" {rates['read_gb_per_s']:.1f} GB/s, ratio {rates['of_read']:.2f}", end="")
        print(f" (of the best rounds {rates['of_best_read']:.2f})")
    for name, value in result.get("model", {}).items():
        print(f"{name}: {value:.0f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--instructions", choices=["all", "avx2"], default="all")
    parser.add_argument("--rounds", type=int, default=30, help="of each matmul of one token")
    parser.add_argument("--bitnet", type=Path, help="library with bitnet.cpp's kernels")
    parser.add_argument("--model", action="store_true", help="measure the shipped model too")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    if "avx2" not in find_instructions():
        parser.error("the limits are measured by AVX2, which this processor lacks")
    result = {"matmuls": measure_matmuls(options), "token": measure_token(options)}
    if options.model:
        result["model"] = measure_model()
    if options.json:
        print(json.dumps(result, indent=2))
    else:
        show(result)


if __name__ == "__main__":
    main()
