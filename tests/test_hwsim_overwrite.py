"""One rule for every command that writes: what is there stays, unless --overwrite is given."""

from pathlib import Path

import click
import pytest

from hwsim.cli import hwsim, main
from hwsim.runs.folder import write_run
from hwsim.simulation import simulate
from workloads.model import load_model
from workloads.trace import record_trace

SMALL = "--lanes 4 --columns 2 --bandwidth 2 --token-depth 4"


def run(words: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(words.split())
    return int(stopped.value.code or 0)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("overwrite")
    write_run(simulate("700M", verify=False), folder / "run")
    record_trace(load_model("tiny"), folder / "run.trace", "x", 1)
    return folder


#: A command that writes, and what it writes.
WRITERS = {
    "simulate --model 700M --no-verify --out {0}/again": "again/run.json",
    f"simulate --no-verify --model tiny {SMALL} --prompt x --waves {{0}}/model.vcd": "model.vcd",
    f"verify {{0}}/run.trace {SMALL} --matmul q_proj --waves {{0}}/k.vcd": "k.vcd",
    "trace --prompt x --max-tokens 1 --out {0}/again.trace": "again.trace/manifest.json",
    f"verilog {SMALL} --reduction 64 --out {{0}}/array.v": "array.v",
    f"verilog {SMALL} --reduction 64 --out {{0}}/package": "package/README.md",
    "export --model tiny --format zigzag --out {0}/tiny.yaml": "tiny.yaml",
    "report {0}/run --out {0}/page.html": "page.html",
    "compare {0}/run {0}/run --out {0}/differences.html": "differences.html",
    "init {0}/hwsim.toml": "hwsim.toml",
}


@pytest.mark.parametrize("command", WRITERS, ids=lambda command: command.split(" -")[0])
def test_what_is_there_is_replaced_only_if_asked(
    command: str, places: Path, capsys: pytest.CaptureFixture
) -> None:
    words, file = command.format(places), places / WRITERS[command]
    assert run(words) == 0
    size = file.stat().st_size
    assert size > 100
    file.write_text("mine")
    capsys.readouterr()
    assert run(words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "(or --overwrite given), not " in captured.err
    assert file.read_text() == "mine"
    assert run(f"{words} --overwrite") == 0
    assert file.stat().st_size == pytest.approx(size, rel=0.01)  # dates and paths in it


def test_the_report_in_a_run_folder_is_written_anew(places: Path) -> None:
    (places / "run" / "report.html").write_text("old")
    assert run(f"report {places}/run") == 0
    assert "<html" in (places / "run" / "report.html").read_text()


def list_writers(group: click.Group) -> set[str]:
    """Return the commands that have an option --out or --waves."""
    found = set()
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found |= {f"{name} {part}" for part in list_writers(command)}
        elif any(p.name in ("out", "waves") for p in command.params):
            found.add(name)
    return found


def test_every_command_that_writes_has_the_option() -> None:
    writers = list_writers(hwsim)
    tried = {words.split()[0] for words in WRITERS}
    assert writers - {"fpga build", "fpga sweep"} == tried - {"init"}
    for words in writers:
        command: click.Command = hwsim
        for word in words.split():
            assert isinstance(command, click.Group)
            command = command.commands[word]
        assert "overwrite" in {parameter.name for parameter in command.params}, words
