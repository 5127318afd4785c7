"""--json of every command: one object, its schema first, every key of it described."""

import json
import re
from pathlib import Path
from typing import Any

import click
import pytest

from hwsim.cli import hwsim, main
from hwsim.simulation import simulate
from workloads.model import load_model
from workloads.trace import record_trace

DOCUMENT = (Path(__file__).parents[1] / "docs" / "json.md").read_text(encoding="utf-8")

#: Arguments of every command, none of which takes more than some seconds.
COMMANDS = {
    "claims": "",
    "compare": "--model 700M",
    "cycles": "{csv}",
    "doctor": "",
    "energy": "--model 700M --scope paper --baseline fp16",
    "evaluate": "--model tiny --text {text}",
    "export": "--model tiny --format zigzag",
    "generate": "--model tiny --prompt x --max-tokens 2",
    "init": "{folder}/hwsim.toml",
    "models": "",
    "prove": "--list",
    "report": "{run} --out {folder}/report.html",
    "simulate": "--model 700M --no-verify",
    "trace": "--model tiny --prompt x --max-tokens 1 --out {folder}/again.trace",
    "verify": "{trace} --lanes 32 --columns 16 --bandwidth 32",
    "verilog": "--lanes 4 --columns 2 --reduction 64",
}
SCHEMAS = {"simulate": "hwsim.run/1"}
#: Commands of groups are tested with what they need, for example a simulated board.
SINGLE = sorted(name for name, one in hwsim.commands.items() if not isinstance(one, click.Group))


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    from hwsim.runs.folder import write_run

    folder = tmp_path_factory.mktemp("json")
    (folder / "text").write_text("And the king said unto him, What is thy name?", encoding="utf-8")
    write_run(simulate("700M", verify=False), folder / "run")
    record_trace(load_model("tiny"), folder / "run.trace", "x", 1)
    (folder / "gemm.csv").write_text("Layer, M, N, K,\nfc, 2, 3, 4,\n")
    names = {
        "csv": "gemm.csv",
        "folder": "",
        "text": "text",
        "run": "run",
        "trace": "run.trace",
    }
    return {name: folder / place for name, place in names.items()}


def describe_keys(command: str) -> set[str]:
    """Return the top-level keys that the document gives for a command."""
    section = DOCUMENT.split(f"\n## `hwsim {command}`\n", 1)[1].split("\n## ", 1)[0]
    return set(re.findall(r"^\| `(\w+)`", section, re.MULTILINE))


@pytest.mark.parametrize("command", SINGLE)
def test_the_object_is_what_the_document_says(
    command: str, places: dict[str, Path], capsys: pytest.CaptureFixture
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([command, *COMMANDS[command].format(**places).split(), "--json"])
    assert not stopped.value.code
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert next(iter(result.items())) == ("schema", SCHEMAS.get(command, f"hwsim.{command}/1"))
    assert set(result) == {"schema"} | describe_keys(command)
    assert result["schema"] in DOCUMENT


def test_the_document_describes_every_command() -> None:
    described = set(re.findall(r"^## `hwsim (\w+)`$", DOCUMENT, re.MULTILINE))
    assert set(SINGLE) <= described <= set(COMMANDS)
