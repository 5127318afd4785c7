"""`hwsim energy`, `compare` and `claims`: what they print, the same as JSON, and their errors."""

import json
import re
from pathlib import Path

import pytest
from random_checkpoint import RandomCheckpoint

from hwsim.cli import main

OPERATIONS = "operation,format,node_nm,energy_pj,source,kind\n"


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(words))
    return int(stopped.value.code or 0)


def read_json(capsys: pytest.CaptureFixture, *words: str) -> dict:
    assert run(*words, "--json") == 0
    return json.loads(capsys.readouterr().out)


def test_energy_shows_scopes_beside_baselines(capsys: pytest.CaptureFixture) -> None:
    assert run("energy", "--model", "3B") == 0
    text = capsys.readouterr().out
    for words in ("3B, prefill of 512 tokens, 7 nm", "bitnet-2023", "+ true-accumulator", "W4A16"):
        assert words in text
    assert max(map(len, text.splitlines())) <= 100
    data = read_json(capsys, "energy", "--model", "paper-3B", "--scope", "paper")
    joules = {row["format"]: row["energy_pj"] * 1e-12 for row in data["totals"]}
    assert joules["fp16"] == pytest.approx(0.66558, rel=5e-5)
    assert joules["ternary"] == pytest.approx(0.030663, rel=5e-5)


def test_a_single_scope_is_shown_with_rules_and_sources(capsys: pytest.CaptureFixture) -> None:
    words = ("--tokens", "1", "--context", "512", "--scope", "array+zero-skip+registers+dram")
    assert run("energy", "--model", "tiny", "--node", "45", *words) == 0
    text = capsys.readouterr().out
    for words_shown in ("decode at context 512, 45 nm", "weight decoder", "W8A8", "total"):
        assert words_shown in text
    assert "doi:10.1109/ISSCC.2014.6757323" in text
    assert "a lane with a zero weight does not" in text


def test_a_users_prices_reach_energy_and_compare(
    capsys: pytest.CaptureFixture, tmp_path: Path
) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(OPERATIONS + "add,int8,7,0.014,mine,measured\n")
    scope = ("--scope", "real-shape", "--baseline", "fp16")
    shipped = read_json(capsys, "energy", *scope)
    own = read_json(capsys, "energy", *scope, "--technology", str(path))
    linear = [
        next(r for r in data["rows"] if (r["format"], r["category"]) == ("ternary", "linear"))
        for data in (shipped, own)
    ]
    assert linear[1]["energy_pj"] == pytest.approx(2 * linear[0]["energy_pj"])
    assert (linear[1]["source"], linear[1]["kind"]) == ("mine", "measured")
    dearer = read_json(capsys, "compare", "--technology", str(path))["simulated"][0]
    assert dearer["energy_pj_mac"] > read_json(capsys, "compare")["simulated"][0]["energy_pj_mac"]


def test_a_format_without_prices_is_said_to_have_none(
    capsys: pytest.CaptureFixture, tmp_path: Path
) -> None:
    path = tmp_path / "mine.csv"
    rows = ("add,int8,12,0.01", "add,fp16,12,0.2", "mul,fp16,12,0.5")
    path.write_text(OPERATIONS + "".join(f"{row},mine,measured\n" for row in rows))
    words = ("--node", "12", "--technology", str(path), "--scope", "paper", "--scope", "real-shape")
    assert run("energy", *words) == 0
    assert "no price" in capsys.readouterr().out


def test_a_scope_without_prices_is_said_to_have_none(
    capsys: pytest.CaptureFixture, tmp_path: Path
) -> None:
    path = tmp_path / "mine.csv"
    rows = ("add,int8,12,0.01", "add,int32,12,0.04", "add,fp16,12,0.2", "mul,fp16,12,0.5")
    path.write_text(OPERATIONS + "".join(f"{row},mine,measured\n" for row in rows))
    words = ("--node", "12", "--technology", str(path), "--baseline", "fp16")
    totals = read_json(capsys, "energy", *words)["totals"]
    assert {row["scope"] for row in totals if "sram" in row["scope"]} == set()
    assert "array+registers" in {row["scope"] for row in totals}
    assert run("energy", *words) == 0
    assert re.search(r"\+ sram +no price +no price *\n", capsys.readouterr().out)


@pytest.mark.parametrize("command", ["energy", "compare", "simulate --no-verify --model tiny"])
def test_a_row_that_nothing_uses_is_noted(
    command: str, capsys: pytest.CaptureFixture, tmp_path: Path
) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(OPERATIONS + "add,int8,7,0.01,mine,measured\nmul,int9,7,1,mine,measured\n")
    assert run(*command.split(), "--node", "7", "--technology", str(path), "--json") == 0
    captured = capsys.readouterr()
    assert captured.err == f"note: {path}, line 3: mul int9 at 7 nm is used by nothing\n"
    assert json.loads(captured.out)


def test_what_no_table_prices_is_never_0(capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    path = tmp_path / "n3.csv"
    path.write_text(OPERATIONS + "add,int8,3,0.0035,ours,measured\n")
    words = ("--model", "3B", "--node", "3", "--technology", str(path))
    assert run("energy", *words) == 0
    first, *_ = capsys.readouterr().out.split("paper (")
    assert " pJ" not in first
    assert first.count("no price") == 5 * 11  # formats, scopes
    assert run("simulate", *words, "--no-verify") == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "error: no mul of 'fp16' at 3 nm: no mul is priced there\n"


def test_compare_prints_every_design_with_its_source(capsys: pytest.CaptureFixture) -> None:
    assert run("compare") == 0
    text = capsys.readouterr().out
    for words in ("this array", "VitaLLM", "arXiv:2604.27396", "n/r", "differs in: node (16 nm)"):
        assert words in text
    assert len(read_json(capsys, "compare")["published"]) >= 14


def test_claims_are_readable_and_hold(capsys: pytest.CaptureFixture) -> None:
    assert run("claims") == 0
    text = capsys.readouterr().out
    for words in ("one operation at 7 nm", "71.4 x", "(50.0 x)", "slip of the paper", "0 drifted"):
        assert words in text
    assert "not modelled" in text
    assert "GiB a hidden feature" in text
    assert max(map(len, text.splitlines())) <= 100
    assert run("claims", "--json") == 0
    assert len(json.loads(capsys.readouterr().out)["claims"]) > 100


def test_drift_is_status_1(capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from energy import claims
    from energy.published import load_claims

    first, *rest = load_claims()
    wrong = (replace(first, expected=50.0), *rest)
    monkeypatch.setattr(claims, "load_claims", lambda: wrong)
    assert run("claims") == 1
    text = capsys.readouterr().out
    assert "DRIFTED" in text
    assert "1 drifted" in text


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("energy --model 4B", "--model must be tiny, tiny-swiglu, a preset"),
        ("energy --model /nowhere/model", "'/nowhere/model': there is no such file or folder"),
        ("energy --tokens -1", "--tokens must be a positive int, not -1"),
        ("energy --tokens 0", "--tokens must be a positive int, not 0"),
        ("energy --tokens 5 --context 4", "context must be an int of at least 5, not 4"),
        ("energy --scope total", "scope must be one of paper"),
        ("energy --scope paper+dram", "scope paper takes the parts"),
        ("energy --scope array+activity", "activity must come from a trace"),
        ("energy --model 7B --scope paper+zero-skip", "--zero-fraction must be given"),
        ("energy --baseline int4", "--baseline must be one of"),
        ("energy --node 3", "--node must be one of 7, 45, not 3"),
        ("energy --dram ddr9", "dram must be one of"),
        (
            "energy --packing group",
            "packing must be one of two-bit, five-trit for --style tree, not 'group'",
        ),
        (
            "energy --style table --group 4",
            "group must be an int from 2 to 3 for --style table, not 4",
        ),
        ("energy --technology {missing}", "mine.csv' does not exist"),
        ("energy --technology {negative}", "line 2: energy_pj must be a positive number"),
        ("energy --technology {comma}", "line 2: energy_pj needs a decimal point, not a comma"),
        ("energy --technology {unit}", "line 1: column 'energy' needs its unit"),
        ("energy --technology {twice}", "line 3: the same entry as in line 2"),
        ("energy --technology {unknown}", "line 2: operation must be one of add, mul"),
        ("compare --context 0", "context must be a positive int, not 0"),
        ("compare --technology {negative}", "line 2: energy_pj must be a positive number"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(
    command: str, message: str, capsys: pytest.CaptureFixture, tmp_path: Path
) -> None:
    good = "add,int8,7,0.01,mine,measured\n"
    tables = {
        "negative": OPERATIONS + good.replace("0.01", "-0.01"),
        "comma": OPERATIONS + good.replace("0.01", '"0,01"'),
        "unit": OPERATIONS.replace("energy_pj", "energy") + good,
        "twice": OPERATIONS + good + good,
        "unknown": OPERATIONS + good.replace("add", "sub"),
    }
    paths = {"missing": tmp_path / "mine.csv"}
    for name, text in tables.items():
        paths[name] = tmp_path / f"{name}.csv"
        paths[name].write_text(text)
    assert run(*command.format(**paths).split()) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ")
    assert captured.err.count("\n") == 1
    assert message in captured.err


@pytest.mark.parametrize("command", ["energy", "compare"])
def test_a_checkpoint_that_does_not_say_that_it_is_ternary(
    capsys: pytest.CaptureFixture, tmp_path: Path, command: str
) -> None:
    source = RandomCheckpoint(family="llama", mode="unsaid", activation="silu")
    folder = source.write(tmp_path / "plain")
    assert run(command, "--model", str(folder)) == 2
    assert "or --quantize absmean" in capsys.readouterr().err
    assert run(command, "--model", str(folder), "--quantize", "absmean") == 0
    assert "plain" in capsys.readouterr().out
