"""hwsim board: a simulated board, and a trace on it end to end."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from benches.commands import describe_keys, run, run_json

from hwsim.board_run import open_port
from workloads.errors import InputError
from workloads.model import load_model
from workloads.trace import record_trace


@pytest.fixture(scope="module")
def board() -> Iterator[dict[str, Any]]:
    """A simulated board, as its command says it, and what the command ends with."""
    pytest.importorskip("serial", reason="needs the extra board")
    array = "--style tree --lanes 8 --columns 8 --reduction 256 --baud 3000000"
    words = f"board simulate --board icebreaker {array} --json"
    with subprocess.Popen(
        [sys.executable, "-m", "hwsim", *words.split()], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        text = ""
        for line in process.stdout:
            text += line
            if line == "}\n":
                break
        yield json.loads(text)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0


def test_what_a_simulated_board_says(board: dict[str, Any]) -> None:
    assert board["schema"] == "hwsim.board-simulate/1"
    assert set(board) == {"schema"} | describe_keys("board simulate")
    assert Path(board["port"]).is_char_device()
    assert board["array"]["clock_mhz"] == 12.0


def test_no_matmul_is_no_run(
    board: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    record_trace(load_model("tiny"), tmp_path / "run.trace", "x", 1)
    words = f"board run {tmp_path / 'run.trace'} --port {board['port']} --matmuls 0"
    status, _, err = run(words, capsys)
    assert (status, err) == (2, "error: --matmuls must be a positive int, not 0\n")


def test_a_trace_on_a_board(
    board: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    record_trace(load_model("tiny"), tmp_path / "run.trace", "x", 1)
    words = f"board run {tmp_path / 'run.trace'} --port {board['port']} --matmuls 2"
    result = run_json(words, capsys)
    assert result["passed"] and result["mismatches"] == 0
    assert result["matmuls"] == 2 and result["outputs"] > 256
    assert 0 < result["array_cycles"] < result["cycles"]
    assert result["array"] == board["array"]


def test_a_port_that_is_none() -> None:
    pytest.importorskip("serial", reason="needs the extra board")
    with (
        pytest.raises(InputError, match=r"^port must be a serial port that can be opened, not /no"),
        open_port("/no/port", 9600),
    ):
        pass


def test_a_port_is_for_one_program(board: dict[str, Any]) -> None:
    with open_port(board["port"], 9600):
        expected = rf"^port must be .* opened, not {board['port']} \(another program uses it\)$"
        with pytest.raises(InputError, match=expected), open_port(board["port"], 9600):
            pass


def test_a_speed_that_is_none() -> None:
    pytest.importorskip("serial", reason="needs the extra board")
    with (
        pytest.raises(InputError, match=r"^baud must be an int of at least 1200, not -5$"),
        open_port("/dev/null", -5),
    ):
        pass
