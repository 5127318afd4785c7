"""The record of a run, made by the library as `hwsim simulate --no-verify` makes it."""

import json
from typing import Any

from hwsim.certificate import Certificate
from hwsim.result import Simulation
from hwsim.runs.record import record_run
from hwsim.simulation import simulate


def make_run(model: str = "3B", **options: Any) -> dict[str, Any]:
    """Return a run.json's content without a certificate; `options` go to `simulate`."""
    simulation = simulate(model, verify=False, **options)
    return dict(json.loads(json.dumps(record_run(simulation), allow_nan=False)))


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
