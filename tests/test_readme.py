"""What README.md shows is what the commands print."""

import re
from pathlib import Path

import pytest

from hwsim.cli import hwsim, main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_shown_simulation_is_what_the_command_prints(capsys: pytest.CaptureFixture) -> None:
    (shown,) = re.findall(r"```console\n\$ hwsim (.*)\n((?:.*\n)*?)```", README)
    with pytest.raises(SystemExit) as stopped:
        main(shown[0].split())
    assert not stopped.value.code
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert printed == shown[1].splitlines()


def test_every_named_command_exists_and_every_command_is_named() -> None:
    named = set(re.findall(r"^\| `hwsim (\w+)", README, re.MULTILINE))
    assert named <= set(hwsim.commands)
    assert set(hwsim.commands) == named


def test_every_link_leads_to_a_file() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert len(links) > 4
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_both_commands_are_make_targets() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^    make (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
