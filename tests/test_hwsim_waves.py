"""--waves: one matmul of a trace, chosen by name, recorded and compared."""

from pathlib import Path

import pytest
from waves import Waves

from hwsim.cli import main
from hwsim.waves import find_matmul
from workloads.errors import InputError
from workloads.model import load_model
from workloads.trace import Trace, record_trace

ARRAY = ["--lanes", "8", "--columns", "4", "--token-depth", "4", "--bandwidth", "8"]


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    return record_trace(load_model("tiny"), tmp_path_factory.mktemp("waves") / "run.trace", "x", 2)


def run_command(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stopped:
        main([str(argument) for argument in arguments])
    return int(stopped.value.code or 0)


def test_a_matmul_by_name(trace: Trace) -> None:
    matmuls = list(trace)
    assert find_matmul(matmuls) == matmuls[0]
    assert find_matmul(matmuls, "9") == matmuls[9]
    down = find_matmul(matmuls, "down_proj")
    assert (down.layer, down.name, down.step) == (0, "down_proj", 0)
    assert find_matmul(matmuls, "2.up_proj").layer == 2
    with pytest.raises(InputError) as error:
        find_matmul(matmuls, "9.q_proj")
    assert str(error.value) == (
        "matmul must be a number, a projection like q_proj, or 3.q_proj, of the trace, not 9.q_proj"
    )


def test_verify_records(trace: Trace, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path = tmp_path / "k.fst"
    words = ("verify", trace.folder, *ARRAY, "--waves", path, "--matmul", "1.k_proj")
    assert run_command(*words) == 0
    output = capsys.readouterr().out
    chosen = find_matmul(trace, "1.k_proj")
    assert f"certificate passed: matmul {chosen.index}, 1.k_proj of step 0" in output
    cycles = int(output.split("simulated cycles ")[1].replace(",", ""))
    waves = Waves(path)
    assert waves.read("cycles", cycles + 3)[-1] == cycles
    assert waves.read("error", cycles + 3) == [0] * (cycles + 3)
    first = trace.read_input(chosen)[0, :8].view("uint8")
    taken = waves.read("activations__payload", 3)[2]
    assert [taken >> 8 * lane & 255 for lane in range(8)] == first.tolist()


def test_simulate_records(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path = tmp_path / "run.fst"
    words = ("simulate", "--model", "tiny", "--no-verify", *ARRAY, "--prompt", "x")
    assert run_command(*words, "--generate-tokens", 1, "--waves", path) == 0
    assert "waves of matmul 0, 0.q_proj of step 0" in capsys.readouterr().err
    assert "core.loader.swap" in Waves(path).names


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--waves out.txt", "--waves must be a file named .fst or .vcd, not out.txt"),
        ("--matmul q_proj", "--matmul must be given with --waves, not alone"),
    ],
)
def test_mistakes(words: str, message: str, trace: Trace, capsys: pytest.CaptureFixture) -> None:
    for command in (("verify", trace.folder), ("simulate", "--model", "tiny", "--no-verify")):
        assert run_command(*command, *words.split()) == 2
        assert capsys.readouterr().err == f"error: {message}\n"
