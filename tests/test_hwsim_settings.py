"""hwsim.settings, `hwsim init` and --config: a file says what options say."""

import inspect
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from hwsim.cli import hwsim, main
from hwsim.configuration import configure_array
from hwsim.settings import SECTIONS, list_settings, read_settings, render_settings
from rtl.config import ArrayConfig
from workloads.errors import InputError

SMALL = '[array]\nlanes = 32\ncolumns = 16\nbandwidth_gb_s = 32\n[workload]\nmodel = "700M"\n'


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(words))
    return int(stopped.value.code or 0)


def simulate(capsys: pytest.CaptureFixture, *words: str) -> dict[str, Any]:
    assert run("simulate", "--no-verify", "--json", *words) == 0
    result = json.loads(capsys.readouterr().out)
    return {key: result[key] for key in ("model", "array", "headline", "phases", "energy")}


def test_the_array_mirrors_configure_array() -> None:
    parameters = inspect.signature(configure_array).parameters.values()
    keyword_only = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
    settings = {
        key: option.default if isinstance(option.default, int | float | str) else None
        for section, key, option in list_settings()
        if section == "array"
    }
    assert settings == keyword_only


@pytest.mark.parametrize("key", ["lanes", "columns", "token_depth", "tree_registers"])
def test_the_ranges_are_those_of_the_array(key: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(f"[array]\n{key} = 65536\n")
    with pytest.raises(InputError) as error:
        read_settings(path)
    with pytest.raises(InputError) as expected:
        ArrayConfig(**{key: 65536})
    limits = str(expected.value).replace(" for style = 'tree'", "")
    assert str(error.value) == f"{path}: [array] {limits}"


def test_every_option_of_simulate_is_a_setting() -> None:
    options = {parameter.name for parameter in hwsim.commands["simulate"].params}
    settings = {option.name for _, _, option in list_settings()}
    assert options - settings == {"out", "overwrite", "as_json", "config"}
    assert {section for section, _, _ in list_settings()} == set(SECTIONS)


def test_the_template_states_the_defaults(capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    path = tmp_path / "hwsim.toml"
    assert run("init", str(path)) == 0
    assert capsys.readouterr().err == f"{path}: run it with hwsim simulate --config {path}\n"
    assert path.read_text() == render_settings()
    assert simulate(capsys, "--config", str(path)) == simulate(capsys)


def test_the_template_names_every_key_with_unit_range_and_default(tmp_path: Path) -> None:
    text = render_settings()
    assert max(map(len, text.splitlines())) <= 100
    for section, key, _ in list_settings():
        assert re.search(rf"^(# )?{key} = ", text, re.MULTILINE), (section, key)
    for words in ("GB/s", "MHz", "default [7, 45]", "One of "):
        assert words in text
    everything = re.sub(r"^# (\w+ = )", r"\1", text, flags=re.MULTILINE)
    path = tmp_path / "all.toml"
    path.write_text(everything)
    assert len(read_settings(path)) == len(list(list_settings()))
    assert set(tomllib.loads(everything)) == set(SECTIONS)


def test_a_file_says_what_options_say(capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_text(SMALL + "tokens = 7\nverify = false\n[technology]\nnodes_nm = [45]\n")
    words = [
        "--model",
        "700M",
        "--lanes",
        "32",
        "--columns",
        "16",
        "--bandwidth",
        "32",
        "--tokens",
        "7",
        "--node",
        "45",
    ]
    assert simulate(capsys, "--config", str(path)) == simulate(
        capsys, *words, "--tokens", "7", "--node", "45"
    )


def test_a_file_states_style_and_packing(capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    path = tmp_path / "table.toml"
    path.write_text(
        '[array]\nstyle = "table"\ngroup = 2\nstrip_depth = 8\npacking = "five-trit"\n'
        '[workload]\nmodel = "700M"\n'
    )
    words = ["--style", "table", "--group", "2", "--strip-depth", "8", "--packing", "five-trit"]
    stated = simulate(capsys, "--config", str(path))
    assert stated == simulate(capsys, *words, "--model", "700M")
    array = stated["array"]
    assert [array[name] for name in ("style", "group", "strip_depth", "packing")] == [
        *("table", 2, 8, "five-trit")
    ]


def test_options_override_the_file(capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    result = simulate(capsys, "--columns", "8", "--config", str(path), "--model", "1.3B")
    array = result["array"]
    assert (array["lanes"], array["columns"], result["model"]["name"]) == (32, 8, "1.3B")


def test_verilog_takes_the_array_of_the_same_file(
    capsys: pytest.CaptureFixture, tmp_path: Path
) -> None:
    path = tmp_path / "small.toml"
    path.write_text("[array]\nlanes = 4\ncolumns = 2\n[workload]\ntokens = 3\n")
    assert run("verilog", "--config", str(path), "--reduction", "64", "--json") == 0
    array = json.loads(capsys.readouterr().out)["array"]
    assert (array["lanes"], array["columns"]) == (4, 2)


def test_init_does_not_replace_a_file(capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("mine")
    assert run("init", str(path)) == 2
    assert capsys.readouterr().err == (
        f"error: FILE must be new (or --overwrite given), not {path}\n"
    )
    assert path.read_text() == "mine"
    assert run("init", str(path), "--overwrite", "--json") == 0
    assert json.loads(capsys.readouterr().out)["file"] == str(path)
    assert path.read_text() == render_settings()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[arrays]", "must have sections array, technology, workload, not 'arrays'"),
        ("lanes = 4", "must have sections array, technology, workload, not 'lanes'"),
        ("array = 4", "must have sections array, technology, workload, not 'array'"),
        ("[technology]\nnode = 7", "has the keys nodes_nm"),
        ("[workload]\nlanes = 4", "not 'lanes'"),
        ("[workload]\nout = 'run'", "not 'out'"),
        ("[array]\nlanes = 64.0", "[array] lanes must be an int from 1 to ..., not 64.0"),
        ("[array]\nlanes = true", "[array] lanes must be an int from 1 to ..., not True"),
        ("[array]\nlanes = 0", "[array] lanes must be an int from 1 to ..., not 0"),
        ("[array]\nclock_mhz = nan", "[array] clock_mhz must be a finite number above 0, not nan"),
        ("[array]\nclock_mhz = '1'", "[array] clock_mhz must be a finite number above 0, not '1'"),
        ("[technology]\nnodes_nm = 7", "nodes_nm must be a list with at least one entry, not 7"),
        ("[technology]\nnodes_nm = []", "nodes_nm must be a list with at least one entry, not []"),
        ("[technology]\nnodes_nm = [7, '45']", "nodes_nm[1] must be a positive int, not '45'"),
        (
            "[array]\nstyle = 'grid'",
            "[array] style must be one of tree, table, systolic, not 'grid'",
        ),
        (
            "[array]\npacking = 1.6",
            "[array] packing must be one of two-bit, five-trit, group, not 1",
        ),
        ("[array]\nstrip_depth = 0", "[array] strip_depth must be a positive int, not 0"),
        ("[workload]\nmodel = 3", "[workload] model must be a str, not 3"),
        ("[workload]\nverify = 'yes'", "[workload] verify must be a bool, not 'yes'"),
        ("[workload]\nseed = -1", "[workload] seed must be a non-negative int, not -1"),
        ("[array\n", "cannot be read as TOML: Expected"),
        ("[array]\nlanes = 1\nlanes = 2", "cannot be read as TOML: Cannot overwrite"),
    ],
)
def test_a_mistake_names_file_and_key(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(InputError) as error:
        read_settings(path)
    assert str(error.value).startswith(f"{path}: ")
    assert all(part in str(error.value) for part in message.split("..."))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[technology]\ntables = ['no.csv']", "[technology] tables: File 'no.csv' does not exist."),
        ("[array]\ngroup = 2", "[array] group must be 1 for --style tree"),
        ("[workload]\nmodel = 'no'", "[workload] model must be "),
    ],
)
def test_a_value_that_a_command_refuses_names_file_and_key(
    text: str, message: str, capsys: pytest.CaptureFixture, tmp_path: Path
) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    assert run("simulate", "--no-verify", "--config", str(path)) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(f"error: {path}: {message}")
    assert captured.err.count("\n") == 1


def test_the_command_line_refuses_in_one_line(
    capsys: pytest.CaptureFixture, tmp_path: Path
) -> None:
    path = tmp_path / "wrong.toml"
    assert run("simulate", "--config", str(path)) == 2
    message = f"error: Invalid value for '--config': File '{path}' does not exist.\n"
    assert capsys.readouterr().err == message
    path.write_bytes(b"\xff")
    assert run("verify", str(tmp_path), "--config", str(path)) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(f"error: {path}: cannot be read as TOML: ")
    assert captured.err.count("\n") == 1
    assert captured.out == ""
