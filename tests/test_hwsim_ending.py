"""hwsim.ending: a signal from outside ends the tools too, and leaves nothing half-written."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from hwsim.ending import SIGNALS, Ended, list_descendants, unwind_on_signals

ROOT = Path(__file__).parents[1]
WORDS = ("simulate", "--model", "tiny", "--lanes", "8", "--columns", "4", "--generate-tokens", "1")


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def list_processes_in(folder: Path) -> list[int]:
    """Return the processes whose current folder is `folder` or below."""
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            if link.readlink().is_relative_to(folder):
                found.append(int(link.parent.name))
    return found


@pytest.mark.parametrize("number", SIGNALS)
def test_compilers_end_and_nothing_is_left(number: signal.Signals, tmp_path: Path) -> None:
    for name in ("cache", "temporary"):
        (tmp_path / name).mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "hwsim", *WORDS, "--out", str(tmp_path / "run")],
        cwd=ROOT,
        env=os.environ
        | {"HWSIM_CACHE": str(tmp_path / "cache"), "TMPDIR": str(tmp_path / "temporary")},
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(lambda: any((tmp_path / "temporary").glob("hwsim-*/hot.cpp")))
    wait_for(lambda: list_processes_in(tmp_path) != [])
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert errors.startswith("interrupted: nothing is half-written; to go on: hwsim simulate")
    assert errors.count("\n") == 1
    wait_for(lambda: list_processes_in(tmp_path) == [])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "temporary"]
    assert list((tmp_path / "temporary").iterdir()) == []
    assert {path.suffix for path in (tmp_path / "cache").iterdir()} <= {".lock", ".v"}


def test_descendants_are_found() -> None:
    shell = subprocess.Popen(["sh", "-c", "sh -c 'sleep 60; true' & sleep 60; true"])
    try:
        wait_for(lambda: len(list_descendants(shell.pid)) == 3)
        assert set(list_descendants(shell.pid)) < set(list_descendants(os.getpid()))
    finally:
        for process in [shell.pid, *list_descendants(shell.pid)]:
            os.kill(process, signal.SIGKILL)
        shell.wait()
    assert list_descendants(shell.pid) == []


@pytest.mark.parametrize("number", SIGNALS)
def test_only_a_default_is_replaced(number: signal.Signals) -> None:
    before = {each: signal.getsignal(each) for each in SIGNALS}
    try:
        signal.signal(number, signal.SIG_IGN)  # as nohup does
        unwind_on_signals()
        assert signal.getsignal(number) is signal.SIG_IGN
        signal.signal(number, signal.SIG_DFL)
        unwind_on_signals()
        with pytest.raises(Ended, match=f"^{number.name}$") as ended:
            signal.raise_signal(number)
        assert ended.value.status == 128 + number
        assert signal.getsignal(number) is signal.SIG_DFL  # the next one ends it at once
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
