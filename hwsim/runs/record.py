"""What a run folder records beside the simulation itself: what its report shows next to it."""

from dataclasses import asdict
from itertools import islice
from typing import Any

from energy.claims import evaluate_claims
from hwsim.accounting.operations import divide_energy
from hwsim.comparison import compare_simulation
from hwsim.fold_times import time_folds
from hwsim.phases import Phase
from hwsim.result import Simulation
from hwsim.scaling import scale_models

#: Folds of the first matmul of a phase whose cycles are recorded one by one.
FOLDS = 6


def record_run(simulation: Simulation) -> dict[str, Any]:
    """Return the content of run.json: the simulation and what surrounds it.

    ``claims`` as `hwsim claims` gives them, ``accelerators`` as `hwsim compare`, ``scaling`` the
    points of `hwsim.scaling`, ``folds`` the times of each phase's first folds, ``operations`` the
    energy of each matmul and the rest.
    """
    comparison = compare_simulation(simulation)
    return simulation.to_dict() | {
        "claims": [claim.to_dict() for claim in evaluate_claims()],
        "accelerators": {
            "simulated": [asdict(row) for row in comparison.simulated],
            "published": [asdict(row) for row in comparison.published],
        },
        "scaling": [asdict(point) for point in scale_models(simulation.config)],
        "operations": [asdict(row) for row in divide_energy(simulation)],
        "folds": [record for phase in simulation.phases for record in _record_folds(phase)],
    }


def _record_folds(phase: Phase) -> list[dict[str, Any]]:
    matmul, _ = phase.matmuls[0]
    folds = islice(time_folds(phase.config, matmul.m, matmul.n, matmul.k), FOLDS)
    return [
        {"phase": phase.name, "matmul": matmul.name, "fold": index} | asdict(fold)
        for index, fold in enumerate(folds)
    ]
