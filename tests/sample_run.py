"""The record of a run, made by the library as `hwsim simulate --no-verify` makes it."""

import json
from pathlib import Path
from typing import Any

import pandas

from hwsim.certificate import Certificate
from hwsim.result import Simulation
from hwsim.runs.record import record_run
from hwsim.simulation import simulate


def make_run(model: str = "3B", **options: Any) -> dict[str, Any]:
    """Return a run.json's content without a certificate; `options` go to `simulate`."""
    simulation = simulate(model, verify=False, **options)
    return dict(json.loads(json.dumps(record_run(simulation), allow_nan=False)))


def write_record(run: dict[str, Any], folder: Path) -> None:
    """Write `run` to `folder` with its tables, without a report."""
    folder.mkdir(exist_ok=True)
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    matmuls = [matmul for phase in run["phases"] for matmul in phase["matmuls"]]
    pandas.DataFrame(matmuls).to_parquet(folder / "matmuls.parquet")
    pandas.DataFrame(run["energy"]).to_parquet(folder / "energy.parquet")


def certify_model_cycles(simulation: Simulation, mismatched_outputs: int = 0) -> dict[str, Any]:
    """Return a certificate over one layer of the decode step, as if the RTL had agreed."""
    matmuls = [matmul for matmul, _ in simulation.decode.matmuls]
    predicted = sum(cycles.cycles for _, cycles in simulation.decode.matmuls)
    certificate = Certificate(
        scope="one layer of a decode step",
        matmuls=len(matmuls),
        outputs=sum(matmul.m * matmul.n for matmul in matmuls),
        mismatched_outputs=mismatched_outputs,
        mismatched_cycles=0,
        predicted_cycles=predicted,
        simulated_cycles=predicted,
        lane_operations=sum(matmul.m * matmul.n * matmul.k for matmul in matmuls),
        seconds=1.0,
        verilog_sha256="0" * 64,
    )
    return certificate.to_dict()
