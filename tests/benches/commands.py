"""Commands as a user gives them, and the keys that docs/json.md promises of each."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from hwsim.cli import main

DOCUMENT = (Path(__file__).parents[2] / "docs" / "json.md").read_text(encoding="utf-8")


def describe_keys(command: str) -> set[str]:
    section = DOCUMENT.split(f"\n## `hwsim {command}`\n", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", section, re.MULTILINE)
    return set(re.findall(r"`(\w+)`", " ".join(rows)))


def run(words: str, capsys: pytest.CaptureFixture) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stopped:
        main(words.split())
    printed = capsys.readouterr()
    return int(stopped.value.code or 0), printed.out, printed.err


def run_json(words: str, capsys: pytest.CaptureFixture) -> dict[str, Any]:
    status, out, _ = run(f"{words} --json", capsys)
    assert status == 0
    command = " ".join(words.split()[:2])
    result: dict[str, Any] = json.loads(out)
    assert next(iter(result.items())) == ("schema", f"hwsim.{command.replace(' ', '-')}/1")
    assert set(result) == {"schema"} | describe_keys(command)
    return result
