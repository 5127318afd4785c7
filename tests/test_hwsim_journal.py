"""An interrupted verification of a trace goes on where it was, and only of the same trace."""

from pathlib import Path

import pytest

from hwsim.checker import MatmulChecker
from hwsim.cli import main
from hwsim.configuration import configure_array
from hwsim.journal import open_journal

ARRAY = ("--lanes", "32", "--columns", "16", "--bandwidth", "32")


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(words))
    return int(stopped.value.code or 0)


def record(folder: Path, prompt: str) -> Path:
    assert run("trace", "--prompt", prompt, "--max-tokens", "1", "--out", str(folder)) == 0
    return folder


def test_an_interrupted_verify_is_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    trace = record(tmp_path / "run.trace", "In")
    check, calls = MatmulChecker.check, []

    def interrupt(self, *arguments, **options):
        calls.append(arguments)
        if len(calls) == 12:
            raise KeyboardInterrupt
        return check(self, *arguments, **options)

    monkeypatch.setattr(MatmulChecker, "check", interrupt)
    assert run("verify", str(trace), *ARRAY) == 130
    assert "nothing is half-written; to go on: hwsim verify" in capsys.readouterr().err
    config = configure_array(768, lanes=32, columns=16, bandwidth_gb_s=32.0)
    done = len(open_journal(trace, config).done)
    assert 0 < done < 42
    other = record(tmp_path / "other.trace", "On")
    assert open_journal(other, config).done == {}
    calls[:] = [()] * 12
    assert run("verify", str(trace), *ARRAY) == 0
    assert len(calls) == 12 + 42 - done
    assert "certificate passed" in capsys.readouterr().out
    assert open_journal(trace, config).done == {}
