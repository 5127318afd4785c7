"""Errors name what was typed: every argument that an option sets has that option's name."""

import click
import pytest

from hwsim.cli import hwsim
from hwsim.commands.simulate import simulate
from hwsim.option_names import name_options


@pytest.mark.parametrize(
    ("command", "message", "expected"),
    [
        ("simulate", "token_depth must be at least 1", "--token-depth must be at least 1"),
        ("simulate", "nodes_nm must name a node", "--node must name a node"),
        ("simulate", "clock must be above 0", "--clock must be above 0"),
        ("simulate", "m must be small", "--tokens must be small"),
        ("cycles", "m must be small", "m must be small"),
        ("energy", "format must be one of a", "--baseline must be one of a"),
        ("export", "format must be one of a", "--format must be one of a"),
        ("energy", "scope paper takes the parts a", "scope paper takes the parts a"),
        ("report", "run must be a folder", "RUN must be a folder"),
        ("compare", "run must be a folder", "RUNS must be a folder"),
        ("init", "file must be new", "FILE must be new"),
        ("verilog", "file must be new", "--out must be new"),
        ("simulate", "group must be 1 for style = 'tree'", "--group must be 1 for --style tree"),
        ("simulate", "x must fit node_nm = 7 and z = 3", "x must fit --node 7 and z = 3"),
        ("simulate", "/a/b.json: lanes must be 3", "/a/b.json: lanes must be 3"),
        ("simulate", "nothing like that", "nothing like that"),
    ],
)
def test_the_first_word_becomes_the_option(command: str, message: str, expected: str) -> None:
    assert name_options(message, hwsim.commands[command]) == expected


def test_every_option_of_simulate_is_found_under_its_own_name() -> None:
    for option in simulate.params:
        if isinstance(option, click.Option):
            name = option.opts[0].removeprefix("--").replace("-", "_")
            assert name_options(f"{name} must be x", simulate) == f"{option.opts[0]} must be x"


def test_a_preset_wins_over_a_folder_of_its_name(tmp_path, monkeypatch, capsys) -> None:
    from hwsim.cli import main

    monkeypatch.chdir(tmp_path)
    (tmp_path / "3B").mkdir()
    with pytest.raises(SystemExit) as stopped:
        main(["simulate", "--model", "3b", "--no-verify"])
    assert not stopped.value.code
    with pytest.raises(SystemExit) as stopped:
        main(["simulate", "--model", "./3B", "--no-verify"])
    assert stopped.value.code == 2
    assert "holds no config.json" in capsys.readouterr().err
