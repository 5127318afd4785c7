"""The command line: results, JSON, exit statuses."""

import json
import subprocess
import sys
from pathlib import Path

import click
import pandas
import pytest

from hwsim.cli import hwsim, main
from hwsim.tracing import trace_shape
from hwsim.version import __version__
from workloads.checkpoint import SHIPPED
from workloads.shapes import ModelShape

SMALL_ARRAY = ("--lanes", "32", "--columns", "16", "--bandwidth", "32")


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(words))
    return int(stopped.value.code or 0)


def test_help_names_every_command(capsys: pytest.CaptureFixture) -> None:
    assert run("--help") == 0
    text = capsys.readouterr().out
    assert all(f"\n  {name}" in text for name in hwsim.commands)
    assert "..." not in text.partition("Commands:")[2]  # each summary fits its line
    assert "Exit status: 0 success, 1 a check failed, 2 bad input, 130 interrupted." in text
    assert run("--version") == 0
    assert __version__ in capsys.readouterr().out


def list_commands(group: click.Group, words: str = "") -> dict[str, click.Command]:
    """Return every command by its words, such as ``board run``."""
    found = {}
    for name, command in group.commands.items():
        parts = isinstance(command, click.Group)
        found |= list_commands(command, f"{name} ") if parts else {f"{words}{name}": command}
    return found


COMMANDS = list_commands(hwsim)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help_with_an_example(name: str, capsys: pytest.CaptureFixture) -> None:
    assert run(*name.split(), "--help") == 0
    assert f"Example: hwsim {name}" in capsys.readouterr().out
    options = [p for p in COMMANDS[name].params if isinstance(p, click.Option)]
    assert "--json" in [name for option in options for name in option.opts]
    assert [option.name for option in options if not option.help] == []


@pytest.mark.parametrize("name", ["board", "fpga"])
def test_every_group_has_help_with_an_example(name: str, capsys: pytest.CaptureFixture) -> None:
    assert run(name, "--help") == 0
    assert f"Example: hwsim {name} " in capsys.readouterr().out


def test_simulate_prints_one_screen(capsys: pytest.CaptureFixture) -> None:
    assert run("simulate", "--model", "3B", "--no-verify") == 0
    text = capsys.readouterr().out
    assert "71.4x" in text
    assert "21.7x" in text
    assert "bound by" in text
    assert len(text.splitlines()) <= 40


@pytest.mark.parametrize("name", SHIPPED)
def test_simulate_executes_the_shipped_models(capsys: pytest.CaptureFixture, name: str) -> None:
    words = ("simulate", "--model", name, "--prompt", "The king", "--generate-tokens", "2")
    assert run(*words, *SMALL_ARRAY, "--json") == 0
    certificate = json.loads(capsys.readouterr().out)["certificate"]
    assert certificate["passed"]
    assert f"of {name} for the prompt 'The king' (" in certificate["scope"]
    # 6 layers of 7 projections, for the prompt and for the first generated token.
    assert certificate["matmuls"] == 2 * 6 * 7
    assert certificate["predicted_cycles"] == certificate["simulated_cycles"] > 0
    assert certificate["outputs"] > 0


def test_models_lists_presets_and_the_shipped_models(capsys: pytest.CaptureFixture) -> None:
    assert run("models", "--json") == 0
    models = {m["name"]: m for m in json.loads(capsys.readouterr().out)["models"]}
    assert models["2B-4T"]["ternary_weights"] == 2_084_044_800
    assert models["tiny"]["activation"] == models["2B-4T"]["activation"] == "relu2"
    assert models["tiny-swiglu"]["activation"] == models["3B"]["activation"] == "silu"
    assert run("models") == 0
    assert "paper-3B" in capsys.readouterr().out


def test_verilog_goes_to_a_file_or_to_stdout(capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    words = ("verilog", "--lanes", "4", "--columns", "2", "--reduction", "64")
    assert run(*words) == 0
    text = capsys.readouterr().out
    assert "module ternary_array(" in text
    assert run(*words, "--out", str(tmp_path / "array.v")) == 0
    assert (tmp_path / "array.v").read_text() == text


@pytest.mark.parametrize("name", SHIPPED)
def test_generate_streams_text_and_reports_speed(capsys: pytest.CaptureFixture, name: str) -> None:
    words = ("generate", "--model", name, "--prompt", "In the beginning", "--max-tokens", "5")
    assert run(*words) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("In the beginning")
    assert "5 tokens" in captured.err
    assert "tokens/s" in captured.err
    assert run(*words, "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert len(result["tokens"]) == 5
    assert captured.out == result["prompt"] + result["text"] + "\n"


def test_evaluate_scores_any_text(capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("And the king said unto him, What is thy name? ", encoding="utf-8")
    assert run("evaluate", "--model", "tiny", "--text", str(text), "--json") == 0
    plausible = json.loads(capsys.readouterr().out)
    text.write_text("zqx jvk wpy qqz xjx vkq zzp wqk jxv pzq kqx ", encoding="utf-8")
    assert run("evaluate", "--model", "tiny", "--text", str(text), "--json") == 0
    noise = json.loads(capsys.readouterr().out)
    assert 0 < plausible["bits_per_byte"] < noise["bits_per_byte"] / 2


def test_evaluate_scores_every_line(capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    text = tmp_path / "prompts.txt"
    text.write_text("What is thy name?\n\nzqx jvk wpy qqz\n", encoding="utf-8")
    assert run("evaluate", "--text", str(text), "--lines", "--json") == 0
    result = json.loads(capsys.readouterr().out)
    plausible, noise = result["lines"]
    assert (plausible["text_bytes"], noise["text_bytes"]) == (17, 15)
    assert plausible["nats"] < noise["nats"] / 2
    assert result["nats"] == plausible["nats"] + noise["nats"]
    assert run("evaluate", "--text", str(text), "--lines") == 0
    assert "on prompts.txt (2 lines, 32 bytes, " in capsys.readouterr().out


def test_claims_hold(capsys: pytest.CaptureFixture) -> None:
    assert run("claims") == 0
    assert "one operation at 7 nm" in capsys.readouterr().out


def test_a_run_folder_is_whole(capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert run("simulate", "--model", "700M", "--no-verify", "--out", str(out)) == 0
    names = {"run.json", "matmuls.parquet", "energy.parquet", "report.html"}
    assert {path.name for path in out.iterdir()} == names
    stored = json.loads((out / "run.json").read_text())
    matmuls = pandas.read_parquet(out / "matmuls.parquet")
    decode = matmuls[matmuls.phase == "decode"]
    assert (decode["count"] * decode.cycles).sum() == stored["phases"][1]["cycles"]
    assert "<html" in (out / "report.html").read_text()
    capsys.readouterr()
    assert run("simulate", "--model", "700M", "--no-verify", "--out", str(out)) == 2
    assert "--out must be new or empty" in capsys.readouterr().err
    assert run("report", str(out), "--out", str(tmp_path / "again.html")) == 0
    assert (tmp_path / "again.html").stat().st_size > 10_000


def test_a_shape_is_traced_and_verified(capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    out = str(tmp_path / "shape.trace")
    assert run("trace", "--model", "3B", "--out", out, "--json") == 0
    traced = json.loads(capsys.readouterr().out)
    assert (traced["matmuls"], traced["macs"]) == (8 * 182, 519 * 3_221_504_000)
    assert set(traced["files"]) == {"matmuls.parquet"}
    small = ModelShape(
        name="small",
        hidden=48,
        intermediate=80,
        layers=1,
        heads=2,
        kv_heads=1,
        head_dim=24,
        vocab=9,
    )
    trace_shape(small, tmp_path / "small.trace", tokens=3, max_tokens=2, values=True)
    assert run("verify", str(tmp_path / "small.trace"), *SMALL_ARRAY, "--json") == 0
    certificate = json.loads(capsys.readouterr().out)
    assert (certificate["passed"], certificate["matmuls"]) == (True, 14)
    assert certificate["first_wrong"] is None
    assert certificate["scope"].startswith("every matmul of small.trace (drawn weights and inputs")


def test_a_trace_draws_what_generate_draws(capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    words = ("--prompt", "The king", "--max-tokens", "4", "--temperature", "1.2", "--top-p", "0.9")
    drawn = []
    for seed in ("1", "2"):
        out = tmp_path / seed
        assert run("trace", *words, "--seed", seed, "--out", str(out)) == 0
        capsys.readouterr()
        recorded = json.loads((out / "manifest.json").read_text())["run"]
        settings = [recorded[key] for key in ("temperature", "top_p", "seed")]
        assert settings == [1.2, 0.9, int(seed)]
        assert run("generate", *words, "--seed", seed, "--json") == 0
        assert json.loads(capsys.readouterr().out)["tokens"] == recorded["tokens"]
        drawn.append(recorded["tokens"])
    assert drawn[0] != drawn[1]


def test_the_module_runs_as_a_command() -> None:
    words = [sys.executable, "-m", "hwsim", "models", "--json"]
    finished = subprocess.run(words, capture_output=True, text=True, check=True)
    assert len(json.loads(finished.stdout)["models"]) > 20
