"""Points by model size: the published ones as printed, the derived ones from the library."""

from dataclasses import replace

import pytest

from energy.published import load_claims
from hwsim.configuration import configure_array
from hwsim.phases import run_phase
from hwsim.scaling import SIZES, ScalingPoint, scale_models
from hwsim.simulation import simulate
from workloads.shapes import find_preset

CONFIG = configure_array(8640)


@pytest.fixture(scope="module")
def points() -> dict[tuple[str, str, str, str, str], ScalingPoint]:
    listed = scale_models(CONFIG)
    found = {(p.quantity, p.series, p.origin, p.model, p.format): p for p in listed}
    assert len(found) == len(listed)
    return found


def test_published_points_are_the_papers(points: dict) -> None:
    published = {key: p.value for key, p in points.items() if p.origin == "published"}
    assert published["memory", "on a GPU", "published", "70B", "ternary"] == 18.4
    assert published["latency", "on a GPU", "published", "3B", "fp16"] == 5.07
    assert published["energy", "paper's accounting", "published", "13B", "fp16"] == 3.27462
    modelled = ("memory_gib", "latency_ms", "model_joules")
    claims = [claim.published for claim in load_claims() if claim.evaluator in modelled]
    assert sorted(published.values()) == sorted(claims)


def test_the_papers_accounting_gives_the_papers_energies(points: dict) -> None:
    key = "energy", "paper's accounting"
    for (quantity, series, origin, model, fmt), point in points.items():
        if (quantity, series, origin) == (*key, "published"):
            assert points[*key, "derived", model, fmt].value == pytest.approx(point.value, rel=1e-3)


def test_derived_points_are_the_simulators(points: dict) -> None:
    simulation = simulate("3B", verify=False, nodes_nm=(7,))
    total = simulation.find_total("+lm-head", simulation.prefill)
    for fmt, energy_pj in (("fp16", total.fp16_pj), ("ternary", total.ternary_pj)):
        point = points["energy", "everything counted", "derived", "3B", fmt]
        assert point.value == pytest.approx(energy_pj * 1e-12, rel=1e-9)
    latency = points["latency", "this array", "derived", "3B", "ternary"]
    assert latency.value == 1e3 * simulation.decode.seconds
    weights = points["memory", "weights alone", "derived", "7B", "fp16"].value
    shape = find_preset("7B")
    assert weights * 2**30 == 2 * (shape.ternary_weights + shape.embedding_weights)


def test_every_size_fits_its_own_accumulator(points: dict) -> None:
    latencies = [points["latency", "this array", "derived", name, "ternary"] for name in SIZES]
    assert [p.value for p in latencies] == sorted(p.value for p in latencies)
    wide = replace(CONFIG, accumulator_width=configure_array(28672).accumulator_width)
    assert wide != CONFIG
    phase = run_phase(wide, find_preset("70B"), "decode", 1, 512)
    assert latencies[-1].value == 1e3 * phase.seconds
