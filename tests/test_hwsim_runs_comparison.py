"""hwsim.runs.comparison and `hwsim compare RUN1 RUN2`: all that differs, and nothing else."""

import json
import shutil
from pathlib import Path

import pytest

from hwsim.certificate import certify
from hwsim.cli import main
from hwsim.configuration import configure_array
from hwsim.runs.comparison import Difference, compare_runs
from hwsim.runs.folder import write_run
from hwsim.simulation import simulate
from workloads.errors import InputError


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    for name, bandwidth in (("narrow", 128.0), ("wide", 256.0)):
        config = configure_array(4096, bandwidth_gb_s=bandwidth)
        simulation = simulate("700M", config, tokens=4, nodes_nm=(7,), verify=False)
        write_run(simulation, folder / name)
    return folder


def edit(run: Path, copy: Path, **changes: object) -> Path:
    shutil.copytree(run, copy)
    stored = json.loads((copy / "run.json").read_text())
    (copy / "run.json").write_text(json.dumps(stored | changes))
    return copy


def run(*words: object) -> int:
    with pytest.raises(SystemExit) as stopped:
        main([str(word) for word in words])
    return int(stopped.value.code or 0)


def test_a_run_does_not_differ_from_itself(runs: Path) -> None:
    comparison = compare_runs(runs / "wide", runs / "wide")
    assert (comparison.settings, comparison.results) == ((), ())
    assert comparison.equal_results > 50


def test_settings_and_results_that_differ(runs: Path) -> None:
    comparison = compare_runs(runs / "narrow", runs / "wide")
    settings = {difference.quantity: difference for difference in comparison.settings}
    assert set(settings) == {
        "array.weight_bus_bits",
        "array.beats_per_tile",
        "array.memory_bandwidth_gb_s",
    }
    assert settings["array.memory_bandwidth_gb_s"] == Difference(
        quantity="array.memory_bandwidth_gb_s", first=128.0, second=256.0, ratio=2.0
    )
    stored = [json.loads((runs / n / "run.json").read_text()) for n in ("narrow", "wide")]
    first, second = (run["phases"][1] for run in stored)
    results = {difference.quantity: difference for difference in comparison.results}
    assert results["decode.cycles"].first == first["cycles"]
    assert results["decode.cycles"].ratio == second["cycles"] / first["cycles"] < 0.6
    matmul = first["matmuls"][0]
    assert results[f"decode.{matmul['name']}.cycles"].first == matmul["cycles"]
    # Energies do not depend on how fast the weights arrive.
    assert [quantity for quantity in results if quantity.endswith("_pj")] == []


def test_what_a_run_lacks_differs(runs: Path, tmp_path: Path) -> None:
    certificate = certify([], scope="nothing", verilog_sha256="ab" * 32).to_dict()
    verified = edit(runs / "wide", tmp_path / "verified", certificate=certificate)
    comparison = compare_runs(runs / "wide", verified)
    assert comparison.settings == ()
    assert [(d.quantity, d.first, d.second, d.ratio) for d in comparison.results] == [
        ("certificate.passed", None, False, None),
        ("certificate.matmuls", None, 0, None),
        ("certificate.outputs", None, 0, None),
        ("certificate.mismatched_outputs", None, 0, None),
        ("certificate.mismatched_cycles", None, 0, None),
        ("certificate.predicted_cycles", None, 0, None),
        ("certificate.simulated_cycles", None, 0, None),
        ("certificate.verilog_sha256", None, "ab" * 32, None),
    ]
    dearer = edit(runs / "wide", tmp_path / "dearer", energy=[])
    lost = compare_runs(runs / "wide", dearer).results
    assert {d.second for d in lost} == {None}
    assert "decode.7nm.array.ternary_pj" in {d.quantity for d in lost}


def test_another_schema_is_refused(runs: Path, tmp_path: Path) -> None:
    old = edit(runs / "wide", tmp_path / "old", schema="hwsim.run/0")
    with pytest.raises(InputError, match=r"must have the schema hwsim\.run/1, not 'hwsim\.run/0'"):
        compare_runs(runs / "wide", old)


def test_the_command(runs: Path, capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    assert run("compare", runs / "narrow", runs / "wide") == 0
    words = capsys.readouterr().out.split()
    place = words.index("array.memory_bandwidth_gb_s")
    assert words[place + 1 : place + 4] == ["128", "256", "2"]
    assert run("compare", runs / "narrow", runs / "narrow") == 0
    assert "Results that differ: none" in capsys.readouterr().out
    assert run("compare", runs / "narrow", runs / "wide", "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert result["schema"] == "hwsim.compare-runs/1"
    expected = compare_runs(runs / "narrow", runs / "wide").to_dict()
    assert {key: value for key, value in result.items() if key != "schema"} == json.loads(
        json.dumps(expected)
    )
    assert run("compare", runs / "narrow") == 2
    assert capsys.readouterr().err == "error: RUNS must be two run folders, not 1\n"
    assert run("compare", runs / "narrow", tmp_path) == 2
    assert "RUNS must be a folder with run.json" in capsys.readouterr().err
