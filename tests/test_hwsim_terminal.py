"""What a terminal sees of the command line: colours, completion, Ctrl-C."""

import os
import pty
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from hwsim.cli import hwsim
from hwsim.console import console
from rtl.fpga.devices import DEVICES

ROOT = Path(__file__).parents[1]
COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-7]")
# A shell that starts jobs in the background has them ignore Ctrl-C; a user's does not.
PROGRAM = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from hwsim.cli import main; main()"
)
SMALL = ("simulate", "--model", "tiny", "--lanes", "8", "--columns", "4", "--generate-tokens", "1")


def complete(words: str, position: int) -> set[str]:
    environment = {**os.environ, "_HWSIM_COMPLETE": "bash_complete", "COMP_WORDS": words}
    finished = subprocess.run(
        [sys.executable, "-m", "hwsim"],
        cwd=ROOT,
        env=environment | {"COMP_CWORD": str(position)},
        capture_output=True,
        text=True,
        check=True,
    )
    return {line.removeprefix("plain,") for line in finished.stdout.splitlines()}


def test_commands_and_options_complete() -> None:
    assert complete("hwsim ", 1) == set(hwsim.commands)
    assert complete("hwsim ve", 1) == {"verify", "verilog"}
    assert {"--lanes", "--clock"} <= complete("hwsim simulate --", 2)


def test_models_complete() -> None:
    assert complete("hwsim simulate --model 2", 3) == {"2B-4T"}
    assert {"tiny", "3B", "70B"} <= complete("hwsim energy --model ", 3)
    assert complete("hwsim generate --model ", 3) == {"tiny", "tiny-swiglu"}
    assert complete("hwsim generate --model ./", 3) == {"file,./"}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("fpga estimate --target ", {*DEVICES}),
        ("fpga sweep --target gw", {"gw1nr-9c"}),
        ("board simulate --board ICE", {"icebreaker"}),
        ("energy --baseline ", {"fp16", "bf16", "w8a8", "w4a16", "fp32"}),
        ("energy --float-sums ", {"own", "fp32"}),
    ],
)
def test_names_complete(words: str, found: set[str]) -> None:
    assert complete(f"hwsim {words}", len(words.split()) + words.endswith(" ")) == found


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script(shell: str) -> None:
    environment = {**os.environ, "_HWSIM_COMPLETE": f"{shell}_source"}
    words = [sys.executable, "-m", "hwsim"]
    script = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert script.returncode == 0
    assert f"_HWSIM_COMPLETE={shell}_complete" in script.stdout
    document = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    assert f"_HWSIM_COMPLETE={shell}_source hwsim" in document


def test_no_color_is_respected(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    console().print("[green]passed[/green]")
    assert COLOUR.search(capsys.readouterr().out)
    monkeypatch.setenv("NO_COLOR", "1")
    console().print("[green]passed[/green]")
    assert not COLOUR.search(capsys.readouterr().out)


def interrupt(folder: Path, words: tuple[str, ...], begun: Callable[[], bool]) -> tuple[int, str]:
    """Start a command, send SIGINT as soon as `begun`, and return its status and stderr."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words],
        cwd=ROOT,
        env={**os.environ, "HWSIM_CACHE": str(folder / "cache")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 120
    while not begun():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    return process.returncode, errors


def test_ctrl_c_while_the_array_is_compiled(tmp_path: Path) -> None:
    def compiling() -> bool:
        return any((tmp_path / "cache").glob(".new-*/*"))

    status, errors = interrupt(tmp_path, (*SMALL, "--out", str(tmp_path / "run")), compiling)
    assert status == 130
    start = "interrupted: nothing is half-written; to go on: hwsim simulate --model tiny --lanes 8"
    assert errors.strip().startswith(start)
    assert len(errors.strip().splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]
    assert {path.suffix for path in (tmp_path / "cache").iterdir()} <= {".lock", ".v"}


def test_ctrl_c_while_the_run_is_written(tmp_path: Path) -> None:
    words = ("simulate", "--model", "700M", "--no-verify", "--out", str(tmp_path / "run"))
    status, errors = interrupt(tmp_path, words, lambda: any(tmp_path.glob(".run.*/run.json")))
    assert status == 130
    words = shlex.join(["hwsim", *words])
    assert errors.strip() == f"interrupted: nothing is half-written; to go on: {words}"
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_while_a_trace_is_written(tmp_path: Path) -> None:
    words = ("trace", "--model", "3B", "--values", "--out", str(tmp_path / "a trace"))
    status, errors = interrupt(tmp_path, words, lambda: any(tmp_path.glob(".a trace.*/*")))
    assert status == 130
    assert errors.strip().endswith(f"--out '{tmp_path}/a trace'")
    assert list(tmp_path.iterdir()) == []


def run_on_terminal(words: tuple[str, ...], cache: Path) -> tuple[str, str]:
    """Run a command whose stderr alone is a terminal; return what it wrote to stdout and to it."""
    reader, writer = pty.openpty()
    environment = {**os.environ, "HWSIM_CACHE": str(cache), "TERM": "xterm-256color"}
    command = [sys.executable, "-m", "hwsim", *words]
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=writer)
        os.close(writer)
        shown = b""
        with suppress(OSError):  # the terminal is gone
            while part := os.read(reader, 4096):
                shown += part
        os.close(reader)
        assert process.wait(timeout=60) == 0, shown
        output.seek(0)
        return output.read().decode(), shown.decode()


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("trace --prompt In --max-tokens 1 --out {}/run.trace", "recording"),
        ("verilog --lanes 4 --columns 2 --bandwidth 2 --out {}/array.v", "writing the Verilog"),
        ("export --model tiny --format scale-sim", "exporting"),
        ("generate --prompt In --max-tokens 2", "reading the prompt"),
        ("doctor --json", "looking"),
    ],
)
def test_progress_is_on_the_terminal_only(words: str, shown: str, tmp_path: Path) -> None:
    split = tuple(word.format(tmp_path) for word in words.split())
    written, terminal = run_on_terminal(split, tmp_path / "cache")
    assert shown in terminal
    assert shown not in written
    assert "\x1b" not in written


def test_what_is_no_terminal_sees_no_progress(tmp_path: Path) -> None:
    words = ("trace", "--prompt", "In", "--max-tokens", "1", "--out", str(tmp_path / "run.trace"))
    command = [sys.executable, "-m", "hwsim", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr == ""


@pytest.mark.parametrize(
    "words",
    ["energy --model 3B", "verify {tmp}/none.trace", "generate --prompt a --max-tokens 1"],
)
def test_a_closed_stderr_is_no_error(words: str, tmp_path: Path) -> None:
    command = f"{shlex.quote(sys.executable)} -m hwsim {words.format(tmp=tmp_path)}"
    known = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, timeout=300)
    closed = subprocess.run(
        ["sh", "-c", f"{command} 2>&-"], cwd=ROOT, capture_output=True, timeout=300
    )
    assert closed.returncode == known.returncode == (2 if "none.trace" in words else 0)
    assert (closed.stdout == known.stdout) or "generate" in words


def test_an_encoding_that_lacks_a_character_is_no_error() -> None:
    words = [sys.executable, "-m", "hwsim", "energy", "--scope", "paper", "--scope", "array"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, check=True)
    assert b"12 hidden\\xb2 weights" in done.stdout
    assert done.stderr == b""


@pytest.mark.parametrize("words", ["models", "models --json", "simulate --no-verify"])
def test_a_closed_stdout_is_no_error(words: str) -> None:
    command = f"{shlex.quote(sys.executable)} -m hwsim {words} >&-"
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, b"")
