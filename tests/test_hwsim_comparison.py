"""`compare_accelerators`: our numbers by hand, and a ratio only where nothing differs."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from energy.accelerators import load_accelerators
from hwsim.accounting.account import account_energy
from hwsim.accounting.settings import EnergySettings
from hwsim.comparison import compare_accelerators
from hwsim.phases import run_phase
from workloads.errors import InputError
from workloads.shapes import find_preset

VITALLM = load_accelerators()[0]
# A 16 nm table as a user would bring it.
SIXTEEN = """operation,format,memory,access_bits,capacity_kib,node_nm,energy_pj,source,kind
add,int8,,,,16,0.012,mine,measured
add,int32,,,,16,0.045,mine,measured
add,fp16,,,,16,0.22,mine,measured
mul,fp16,,,,16,0.55,mine,measured
,,sram,64,8,16,8,mine,measured
,,sram,64,32,16,12,mine,measured
"""


def test_ours_is_a_decode_step_a_mac() -> None:
    comparison = compare_accelerators("3B", context=100)
    core, with_dram = comparison.simulated
    shape = find_preset("3B")
    account = account_energy("3B", tokens=1, context=100, scopes=["array+registers+sram"])
    token_pj = account.total_pj("array+registers+sram", "ternary", 7)
    assert core.energy_pj_mac == pytest.approx(token_pj / 3_221_504_000, rel=1e-12)
    phase = run_phase(comparison.config, shape, "decode", 1, 100)
    assert core.tokens_s == with_dram.tokens_s == phase.tokens_per_second
    assert core.power_w == pytest.approx(token_pj * 1e-12 * phase.tokens_per_second)
    assert with_dram.energy_pj_mac > core.energy_pj_mac


def test_at_7_nm_everything_published_differs_and_says_in_what() -> None:
    comparison = compare_accelerators("3B")
    assert len(comparison.published) == len(load_accelerators())
    for compared in comparison.published:
        assert compared.ratio is None
        assert compared.differs
    differs = {compared.published.name: compared.differs for compared in comparison.published}
    assert differs["VitaLLM"] == ("node (16 nm)",)
    assert differs["TOM"] == ("node (n/r)", "what is covered (chip)", "model (2B-4T)")
    assert "target (FPGA)" in differs["TeLLMe v2"]
    assert "basis (projected)" in differs["ternfpga"]
    assert "energy a MAC (n/r)" in differs["Slim-Llama"]


def test_where_node_scope_and_model_match_there_is_a_ratio(tmp_path: Path) -> None:
    path = tmp_path / "sixteen.csv"
    path.write_text(SIXTEEN)
    comparison = compare_accelerators("3B", node_nm=16, settings=EnergySettings(tables=[path]))
    ratios = {c.published.name: c.ratio for c in comparison.published if c.ratio is not None}
    core = comparison.simulated[0].energy_pj_mac
    assert ratios == {"VitaLLM": pytest.approx(0.28964657361 / core, rel=1e-9)}
    other = compare_accelerators(
        replace(find_preset("3B"), name="mine"), node_nm=16, settings=EnergySettings(tables=[path])
    )
    assert all(compared.ratio is None for compared in other.published)


def test_a_comparison_is_plain_data() -> None:
    data = compare_accelerators("2B-4T").to_dict()
    assert json.loads(json.dumps(data, allow_nan=False))["published"][0]["published"]["name"] == (
        VITALLM.name
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"model": "4B"}, "model must be tiny, .* a preset"),
        ({"context": 0}, "context must be a positive int, not 0"),
        ({"node_nm": 16}, "node_nm must be one of 7, 45, not 16"),
    ],
)
def test_bad_arguments(arguments: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        compare_accelerators(**({"model": "3B"} | arguments))
