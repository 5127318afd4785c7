"""SCALE-Sim and ZigZag themselves, in an environment of their own, on what hwsim exports.

SCALE-Sim 3.0 does not run with NumPy 2.4 and later, ZigZag imports six without requiring it; so
neither can share hwsim's environment.
"""

import json
import subprocess
import venv
from pathlib import Path

import pytest

from hwsim.cycles import count_cycles
from hwsim.exchange.exports import export_matmuls
from hwsim.exchange.scale_sim import read_topology
from hwsim.systolic import count_systolic_cycles
from rtl.config import ArrayConfig
from workloads.shapes import ModelShape

SIMULATORS = Path(__file__).parent / "simulators"
PACKAGES = ("scalesim==3.0.0", "zigzag-dse==3.9.1", "six", "numpy<2.4")
# Ragged against every array below.
SHAPE = ModelShape(
    name="small", hidden=40, intermediate=108, layers=2, heads=5, kv_heads=1, head_dim=8, vocab=50
)
TOKENS = 7

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("peers")
    venv.create(folder, with_pip=True)
    words = [folder / "bin" / "pip", "install", "-q", *PACKAGES]
    installed = subprocess.run(words, capture_output=True, text=True, check=False)
    if installed.returncode:
        pytest.skip(f"the peers cannot be installed: {installed.stderr.splitlines()[-1:]}")
    return folder / "bin" / "python"


def run(python: Path, script: str, *words: object, folder: Path) -> str:
    command = [str(word) for word in (python, SIMULATORS / script, *words)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("phase", ["prefill", "decode"])
@pytest.mark.parametrize(("rows", "columns"), [(8, 8), (16, 4), (5, 12)])
@pytest.mark.parametrize("dataflow", ["output-stationary", "weight-stationary"])
def test_scale_sim_counts_one_cycle_less_than_the_textbook(
    dataflow: str, rows: int, columns: int, phase: str, python: Path, tmp_path: Path
) -> None:
    text, matmuls = export_matmuls(SHAPE, "scale-sim", phase=phase, tokens=TOKENS)
    (tmp_path / "gemm.csv").write_text(str(text))
    short = "".join(word[0] for word in dataflow.split("-"))
    words = ("gemm.csv", len(matmuls), short, rows, columns)
    report = json.loads(run(python, "run_scale_sim.py", *words, folder=tmp_path))
    assert report == [
        [
            count_systolic_cycles(
                dataflow, matmul.m, matmul.n, matmul.k, rows=rows, columns=columns
            )
            - 1,
            0,
        ]
        for matmul in read_topology(tmp_path / "gemm.csv")
    ]


@pytest.mark.parametrize("phase", ["prefill", "decode"])
@pytest.mark.parametrize(("lanes", "columns"), [(8, 8), (16, 4)])
def test_zigzag_counts_the_cycles_in_which_the_array_issues(
    lanes: int, columns: int, phase: str, python: Path, tmp_path: Path
) -> None:
    text, matmuls = export_matmuls(SHAPE, "zigzag", phase=phase, tokens=TOKENS)
    (tmp_path / "workload.yaml").write_text(str(text))
    run(python, "run_zigzag.py", "workload.yaml", lanes, columns, folder=tmp_path)
    cycles = json.loads((tmp_path / "cycles.json").read_text())
    config = ArrayConfig(lanes=lanes, columns=columns, weight_bus_bits=8)
    issues = [count_cycles(config, matmul.m, matmul.n, matmul.k).issue_cycles for matmul in matmuls]
    assert cycles == {
        matmul.name: [issue, issue] for matmul, issue in zip(matmuls, issues, strict=True)
    }
