"""hwsim.runs.comparison and `hwsim compare RUN1 RUN2`: all that differs, and nothing else."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from hwsim.certificate import certify
from hwsim.cli import main
from hwsim.configuration import configure_array
from hwsim.runs.comparison import Difference, compare_runs
from hwsim.runs.folder import read_run, write_run
from hwsim.simulation import simulate
from reports.difference import list_ratios as list_numbers
from workloads.errors import InputError

TABLE_HEADER = "operation,format,memory,access_bits,capacity_kib,node_nm,energy_pj,source,kind\n"


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


def test_what_was_asked_for_is_a_setting(runs: Path, tmp_path: Path) -> None:
    config = configure_array(4096, bandwidth_gb_s=256.0)
    mine = tmp_path / "mine.csv"
    mine.write_text(f"{TABLE_HEADER}add,int8,,,,7,0.012,mine,measured\n")
    simulation = simulate(
        "700M", config, tokens=4, nodes_nm=(7,), verify=False, tables=[mine], extent="token", seed=3
    )
    write_run(simulation, tmp_path / "own")
    digest = hashlib.sha256(mine.read_bytes()).hexdigest()
    comparison = compare_runs(runs / "wide", tmp_path / "own")
    assert [(d.quantity, d.first, d.second) for d in comparison.settings] == [
        ("settings.rtl", "layer", "token"),
        ("provenance.seed", 0, 3),
        ("settings.tables.0.file", None, "mine.csv"),
        ("settings.tables.0.sha256", None, digest),
    ]
    settings = json.loads((runs / "wide" / "run.json").read_text())["settings"]
    asked = {"verify": True, "prompt": "Hello", "generate_tokens": 8}
    other = edit(runs / "wide", tmp_path / "other", settings=settings | asked)
    found = {d.quantity: d.second for d in compare_runs(runs / "wide", other).settings}
    assert found == {f"settings.{name}": value for name, value in asked.items()}


def test_headlines_of_two_nodes_have_no_ratio(runs: Path, tmp_path: Path) -> None:
    config = configure_array(4096, bandwidth_gb_s=256.0)
    write_run(simulate("700M", config, tokens=4, nodes_nm=(45,), verify=False), tmp_path / "older")
    comparison = compare_runs(runs / "wide", tmp_path / "older")
    settings = {d.quantity: (d.first, d.second) for d in comparison.settings}
    assert settings == {"headline.node_nm": (7, 45), "settings.nodes_nm": ([7], [45])}
    results = {d.quantity: d.ratio for d in comparison.results}
    assert "headline.node_nm" not in results
    assert results["headline.decode_ratio"] is None
    numbers = list_numbers(tuple(read_run(p) for p in (runs / "wide", tmp_path / "older")))
    assert [number["name"] for number in numbers] == ["the speed of decode", "the speed of prefill"]


def test_another_schema_is_refused(runs: Path, tmp_path: Path) -> None:
    old = edit(runs / "wide", tmp_path / "old", schema="hwsim.run/0")
    with pytest.raises(InputError, match=r"must have the schema hwsim\.run/1, not 'hwsim\.run/0'"):
        compare_runs(runs / "wide", old)


@pytest.mark.parametrize("name", ["matmuls.parquet", "energy.parquet"])
@pytest.mark.parametrize("kept", [None, 0, 100, -1])
def test_a_table_that_is_missing_or_cut_is_refused(
    name: str, kept: int | None, runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    cut = edit(runs / "wide", tmp_path / "cut")
    data = (cut / name).read_bytes()
    (cut / name).unlink()
    if kept is not None:
        (cut / name).write_bytes(data[:kept])
    problem = "is missing" if kept is None else "is damaged"
    expected = f"error: {cut / name} must be as hwsim wrote it, but {problem}: simulate again\n"
    for words in (("compare", runs / "narrow", cut), ("report", cut)):
        assert run(*words) == 2
        assert capsys.readouterr().err == expected


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
