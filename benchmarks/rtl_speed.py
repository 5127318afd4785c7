"""Speed of the compiled array: cycles a second, lane operations a second, seconds to build.

    python benchmarks/rtl_speed.py [--json] [--build]

A lane operation is one ternary weight applied to one activation; an array does lanes x columns
of them a cycle. NumPy's int32 product of the same operands, timed in the same run, makes figures
of different machines comparable. Speeds are of CPU time, so that other work on the machine counts
little; times to open (build or find) and pack are of the clock on the wall.
"""

import json
import os
import tempfile
import time

import click
import numpy as np

from rtl.compiled import CompiledArray
from rtl.config import ArrayConfig
from rtl.tiling import pack_weights

ARRAYS = (
    ArrayConfig(lanes=16, columns=16, weight_bus_bits=128),
    ArrayConfig(lanes=64, columns=16, weight_bus_bits=512),
    ArrayConfig(),
    ArrayConfig(lanes=128, columns=64, weight_bus_bits=4096),
    ArrayConfig(lanes=16, columns=256, weight_bus_bits=8192),
)
REDUCTION, FEATURES = 3200, 2160  # a quarter of gate_proj of bitnet_b1_58-3B
SECONDS = 1.0


def measure(config: ArrayConfig, tokens: int) -> dict[str, float | int | str]:
    """Return one row: the array's speed on a matmul of `tokens` tokens."""
    draw = np.random.default_rng(0)
    x = draw.integers(-128, 128, (tokens, REDUCTION), np.int8)
    w = draw.integers(-1, 2, (FEATURES, REDUCTION), np.int8)
    lines: list[str] = []
    start = time.perf_counter()
    array = CompiledArray(config, progress=lines.append)
    opened = time.perf_counter() - start
    start = time.perf_counter()
    tiles = pack_weights(w, config)
    packed = time.perf_counter() - start
    with array:
        cycles, seconds = 0, 0.0
        while seconds < SECONDS:
            start = time.thread_time()
            run = array.run_tiles(x, tiles)
            seconds += time.thread_time() - start
            cycles += run.cycles
    x32, w32 = x.astype(np.int32), w.astype(np.int32)
    start = time.thread_time()
    y = x32 @ w32.T
    numpy_seconds = time.thread_time() - start
    if not np.array_equal(run.y, y):
        raise SystemExit(f"{config} disagrees with NumPy")
    return {
        "array": f"{config.lanes} x {config.columns}",
        "tokens": tokens,
        "open_s": round(opened, 2),
        "built": bool(lines),
        "pack_s": round(packed, 4),
        "mcycles_s": round(cycles / seconds / 1e6, 3),
        "glane_ops_s": round(cycles * config.lanes * config.columns / seconds / 1e9, 2),
        "times_numpy_int32": round(numpy_seconds / (seconds * run.cycles / cycles), 2),
    }


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
@click.option("--build", is_flag=True, help="Build anew in a temporary cache, to time the builds.")
def main(as_json: bool, build: bool) -> None:
    """Measure the compiled array at one token and at a full block."""
    with tempfile.TemporaryDirectory() as folder:
        if build:
            os.environ["HWSIM_CACHE"] = folder
        rows = [measure(config, tokens) for config in ARRAYS for tokens in (1, config.token_depth)]
    if as_json:
        print(json.dumps(rows))
        return
    print("  ".join(f"{name:>17}" for name in rows[0]))
    for row in rows:
        print("  ".join(f"{value!s:>17}" for value in row.values()))


if __name__ == "__main__":
    main()
