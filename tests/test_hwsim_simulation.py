"""The simulator ties the chain together; its numbers are those of the parts."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from hwsim.activity import count_activity
from hwsim.configuration import configure_array
from hwsim.cycles import count_cycles
from hwsim.datapaths import describe_datapath
from hwsim.phases import run_phase
from hwsim.result import SCHEMA
from hwsim.simulation import simulate
from workloads.checkpoint import find_checkpoint
from workloads.errors import InputError
from workloads.shapes import find_preset


def test_headline_of_3b_is_the_papers() -> None:
    headline = simulate("3B", verify=False).headline
    assert round(headline["operation_ratio"], 1) == 71.4
    assert round(headline["paper_ratio"], 1) == 21.7
    # Everything counted is less than the paper's accounting, and still a saving.
    assert 1 < headline["decode_ratio"] < headline["paper_ratio"]
    assert 1 < headline["prefill_ratio"] < headline["arithmetic_ratio"]


def test_a_node_named_twice_is_one() -> None:
    simulation = simulate("700M", nodes_nm=(7, 7), verify=False)
    assert [technology.node_nm for technology in simulation.technologies] == [7]


@pytest.mark.parametrize("label", ["1.3B 18.6", "3B 21.7", "7B 29.1", "13B 33.0", "70B 41.2"])
def test_model_ratio_of_the_papers_shapes(label: str) -> None:
    name, published = label.split()
    simulation = simulate(f"paper-{name}", verify=False)
    assert f"{simulation.headline['model_ratio']:.1f}" == published


def test_phases_sum_their_matmuls() -> None:
    shape, config = find_preset("3B"), configure_array(8640)
    phase = run_phase(config, shape, "decode", 1, 512)
    single = [count_cycles(config, 1, n, k).cycles for n, k in shape.projections.values()]
    assert phase.cycles == 26 * sum(single)
    assert phase.total("lane_operations") == shape.ternary_weights
    assert phase.seconds == pytest.approx(phase.cycles / 1e9)
    assert phase.bound == "memory"
    fast = configure_array(8640, bandwidth_gb_s=1024)
    assert run_phase(fast, shape, "decode", 1, 512).bound == "compute"
    grid = configure_array(8640, style="systolic")
    assert run_phase(grid, shape, "decode", 1, 512).bound == "swap"
    slow = configure_array(8640, style="systolic", bandwidth_gb_s=1)
    assert run_phase(slow, shape, "decode", 1, 512).bound == "memory"
    tables = run_phase(configure_array(8640, style="table"), shape, "prefill", 512, 512)
    assert tables.bound == "compute"
    # 128 outputs are 2 tiles of 64; a token's tables take 14 cycles.
    narrow = replace(shape, intermediate=128, hidden=128)
    tables = run_phase(configure_array(8640, style="table"), narrow, "prefill", 512, 512)
    assert (tables.bound, tables.idle_share > 0.5) == ("tables", True)


def test_decode_keeps_a_fed_array_busy() -> None:
    fed = configure_array(8640, bandwidth_gb_s=1024)
    assert run_phase(fed, find_preset("3B"), "decode", 1, 512).utilisation > 0.99


def test_activity_counts_what_the_cycle_model_moves() -> None:
    config = configure_array(8640)
    phase = run_phase(config, find_preset("3B"), "prefill", 100, 100)
    counts = count_activity(phase)
    assert counts.lane_operations == 4096 * phase.total("issue_cycles")
    assert counts.weights_streamed * 2 == phase.total("weight_bits")
    assert counts.activation_reads == phase.total("activation_bytes")
    # An explicit tree needs about 9.4 full adders a weight, `+` about 14.8.
    assert 8 < describe_datapath(config).full_adders / (64 * 64) < 9.5


def test_a_shorter_context_of_the_model_shortens_the_prefill(tmp_path: Path) -> None:
    shutil.copytree(find_checkpoint("tiny"), tmp_path / "short")
    config = json.loads((tmp_path / "short" / "config.json").read_text())
    (tmp_path / "short" / "config.json").write_text(
        json.dumps(config | {"max_position_embeddings": 100})
    )
    assert simulate(str(tmp_path / "short"), verify=False).prefill.tokens == 100
    assert simulate("3B", verify=False).prefill.tokens == 512


def test_prices_of_ones_own_take_the_place_of_shipped_ones(tmp_path: Path) -> None:
    header = "operation,format,node_nm,energy_pj,energy_high_pj,area_um2,source,place,kind\n"
    table = tmp_path / "own.csv"
    table.write_text(header + "add,int8,7,0.01,,,own,measured by us,measured\n")
    headline = simulate("3B", verify=False, tables=[table]).headline
    # (0.16 + 0.34) pJ / 0.01 pJ
    assert headline["operation_ratio"] == pytest.approx(50)
    table.write_text(header + "add,int8,7,-0.01,,,own,measured by us,measured\n")
    with pytest.raises(InputError, match=r"own.csv, line 2: energy_pj must be a positive number"):
        simulate("3B", verify=False, tables=[table])


def test_result_is_plain_data() -> None:
    run = simulate("700M", tokens=3, verify=False, nodes_nm=(45,)).to_dict()
    assert json.loads(json.dumps(run, allow_nan=False)) == run
    assert run["schema"] == SCHEMA
    assert {row["node_nm"] for row in run["energy"]} == {45}
    assert [phase["tokens"] for phase in run["phases"]] == [3, 1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"model": "4B"}, "model must be .* a preset .*, not '4B': there is no .*"),
        ({"tokens": 0}, "tokens must be a positive int, not 0"),
        ({"tokens": -5}, "tokens must be a positive int, not -5"),
        ({"nodes_nm": (5,)}, "node_nm must be one of 7, 45, not 5"),
        ({"nodes_nm": ()}, "nodes_nm must name at least one node, not none"),
    ],
)
def test_bad_arguments(arguments: dict, message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}$"):
        simulate(**({"model": "3B", "verify": False} | arguments))
