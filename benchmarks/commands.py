"""Time and peak memory of whole commands, beside the start of Python with NumPy in the same run.

    python benchmarks/commands.py [--rounds 5] [--json]

Goals: `--help` 0.3 s; the 3B model without the RTL 2 s and 200 MB, with it 10 s (library built) and
1.5 GB. Times are the least of all rounds; the ratio is to the yardstick of the same round.
"""

import argparse
import json
import os
import subprocess
import sys
import time

YARDSTICK = [sys.executable, "-c", "import numpy"]
HWSIM = [sys.executable, "-m", "hwsim"]
COMMANDS = {
    "help": [*HWSIM, "--help"],
    "3B, cycles and energy": [*HWSIM, "simulate", "--model", "3B", "--no-verify"],
    "3B, one layer on the RTL": [*HWSIM, "simulate", "--model", "3B"],
    "tiny, every matmul on the RTL": [*HWSIM, "simulate", "--model", "tiny"],
}


def measure(command: list[str]) -> tuple[float, float]:
    """Return wall seconds and peak resident MB of one run."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with status {process.returncode}")
    return time.perf_counter() - started, usage.ru_maxrss / 1e3


def measure_model(rounds: int) -> float:
    """Return the least seconds that the cycle and energy model of all of 3B take in a process."""
    from hwsim.simulation import simulate

    def once() -> float:
        started = time.perf_counter()
        simulate("3B", verify=False).to_dict()
        return time.perf_counter() - started

    once()
    return min(once() for _ in range(rounds))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="runs of each command")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    results = []
    for name, command in COMMANDS.items():
        measure(command)  # builds the array and fills caches
        rounds = [(measure(YARDSTICK)[0], *measure(command)) for _ in range(options.rounds)]
        results.append(
            {
                "command": name,
                "seconds": min(seconds for _, seconds, _ in rounds),
                "peak_mb": max(peak for _, _, peak in rounds),
                "ratio_to_numpy_start": min(seconds / start for start, seconds, _ in rounds),
            }
        )
    model = {"3B in the process, seconds": measure_model(options.rounds)}
    if options.json:
        print(json.dumps({"commands": results} | model, indent=2))
        return
    for row in results:
        print(
            f"{row['command']:32} {row['seconds']:7.2f} s {row['peak_mb']:8.0f} MB "
            f"{row['ratio_to_numpy_start']:6.1f} x starting Python with NumPy"
        )
    print(f"{'3B, cycles and energy, in process':32} {model['3B in the process, seconds']:7.4f} s")


if __name__ == "__main__":
    main()
