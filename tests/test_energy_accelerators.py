"""The table of published accelerators: sourced, labelled, and converted only where it can be."""

from pathlib import Path

import pytest

from energy.accelerators import Accelerator, load_accelerators, read_accelerators
from workloads.errors import InputError

ROWS = {row.name: row for row in load_accelerators()}
HEADER = "name,target,scope,power_w,source\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_row_has_a_source_and_no_name_occurs_twice():
    assert len(ROWS) == len(load_accelerators()) >= 14
    for row in ROWS.values():
        assert row.source.startswith(("arXiv:", "ISSCC", "github: "))


@pytest.mark.parametrize(
    ("name", "pj_mac"),
    [
        ("VitaLLM", 0.065_97 / (70.7 * 3_221_504_000) * 1e12),
        ("TOM", 5.33 / (3306 * 2_084_044_800) * 1e12),
        ("BitROM", 2 / 20.8),  # two ops a MAC: 96 fJ
        ("TeLLMe v2", 4.8 / (25 * 0.73e9) * 1e12),
        ("TernaryCore, board", 292),
    ],
)
def test_energies_of_a_mac_by_hand(name, pj_mac):
    value, rule = ROWS[name].normalised_pj_mac
    assert value == pytest.approx(pj_mac, rel=1e-12)
    assert rule


def test_what_cannot_be_converted_is_not():
    # contradictory, relative, or without power
    for name in ("Slim-Llama", "TENET", "Platinum", "PD-Swap", "TerEffic, on chip"):
        assert ROWS[name].normalised_pj_mac is None
    unknown = Accelerator(name="a", source="b", target="asic", efficiency_tops_w=10.0)
    assert unknown.normalised_pj_mac is None  # its ops a MAC are not stated


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,watts\n", "line 1: unknown column 'watts'; known: name, source, target"),
        (HEADER + "a,asic,core,-1,b\n", "line 2: power_w must be a positive number, not '-1'"),
        (HEADER + 'a,asic,core,"0,1",b\n', "line 2: power_w needs a decimal point, not a comma"),
        (HEADER + "a,gpu,core,1,b\n", "line 2: target must be one of asic, fpga, not 'gpu'"),
        (HEADER + "\na,asic,die,1,b\n", "line 3: scope must be one of macro, core, .*, not 'die'"),
        (HEADER + "a,asic,core,1,\n", "line 2: source is empty"),
        (HEADER + "a,asic,core,1\n", "line 2: 4 cells where the header has 5"),
    ],
)
def test_errors_name_file_and_line(tmp_path, text, message):
    with pytest.raises(InputError, match=f"mine.csv, {message}"):
        read_accelerators(write(tmp_path, text))
