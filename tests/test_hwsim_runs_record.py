"""What run.json holds beside the simulation."""

import json

import pytest

from hwsim.accounting.settings import EnergySettings
from hwsim.comparison import compare_accelerators
from hwsim.runs.record import FOLDS, record_run
from hwsim.simulation import simulate

MEASURED = ("tokens_s", "power_w", "energy_pj_mac")


@pytest.fixture(scope="module")
def simulation():
    return simulate("700M", verify=False, tokens=100)


def test_the_record_is_the_simulation_and_its_surroundings(simulation) -> None:
    record = record_run(simulation)
    plain = simulation.to_dict()
    assert list(record) == [*plain, "claims", "accelerators", "scaling", "operations", "folds"]
    assert record["phases"] == plain["phases"]
    json.dumps(record, allow_nan=False)
    assert len(record["claims"]) > 100


def test_hardware_is_that_of_hwsim_compare(simulation) -> None:
    settings = EnergySettings(config=simulation.config)
    compared = compare_accelerators("700M", context=100, settings=settings).to_dict()
    record = record_run(simulation)["accelerators"]
    assert record["published"] == list(compared["published"])
    for ours, theirs in zip(record["simulated"], compared["simulated"], strict=True):
        assert ours == theirs | {key: pytest.approx(theirs[key]) for key in MEASURED}


def test_folds_are_the_first_of_each_phase(simulation) -> None:
    folds = record_run(simulation)["folds"]
    assert [fold["phase"] for fold in folds] == ["prefill"] * FOLDS + ["decode"] * FOLDS
    assert [fold["fold"] for fold in folds] == [*range(FOLDS)] * 2
    assert folds[0]["issue_last"] - folds[0]["issue_first"] == 63  # blocks of 64 tokens
