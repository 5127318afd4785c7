"""Time of a sweep of the energy model, beside NumPy sorting as many numbers in the same run.

    python benchmarks/energy_points.py [--points 1000000] [--json]

Goal: a million points of model, node, scope and length in seconds.
"""

import argparse
import json
import time

import numpy as np

from hwsim.accounting.points import energy_of

SCOPES = ("paper", "array+registers+sram+dram+lm-head")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    points = options.points
    models = np.array(["3B", "7B", "70B"])[rng.integers(0, 3, points)]
    scopes = np.array(SCOPES)[rng.integers(0, 2, points)]
    nodes, tokens = rng.choice([7, 45], points), rng.integers(0, 4096, points)
    started = time.perf_counter()
    np.sort(rng.random(points))
    sorted_at = time.perf_counter()
    energy_of(models, nodes, scopes, tokens)
    seconds = time.perf_counter() - sorted_at
    result = {
        "points": points,
        "seconds": seconds,
        "ratio_to_numpy_sort": seconds / (sorted_at - started),
    }
    print(json.dumps(result, indent=2) if options.json else result)


if __name__ == "__main__":
    main()
