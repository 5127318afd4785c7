"""Mistakes on the command line: one line that names the option, the expected and the given."""

import sys
from pathlib import Path

import pytest

from hwsim.cli import main


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(words))
    return int(stopped.value.code or 0)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("trace --model 3B --prompt x --out {empty}/t", "3B is only a shape"),
        ("trace --model tiny --out {empty}/t", "prompt must be given for tiny"),
        (
            "trace --model 3B --max-tokens 0 --out {empty}/t",
            "--max-tokens must be a positive int, not 0",
        ),
        (
            "simulate --model 4B",
            "--model must be tiny, tiny-swiglu, a preset (`hwsim models` lists them)",
        ),
        ("simulate --model /nowhere/model", "'/nowhere/model': there is no such file or folder"),
        ("simulate --model /nowhere/no.gguf", "a .gguf file, not '/nowhere/no.gguf': there is no"),
        ("energy --model /nowhere/no.gguf", "or a trace's folder, not '/nowhere/no.gguf': there"),
        ("energy --model {empty}", "not '{empty}': the folder holds no config.json"),
        ("export --model {file} --format zigzag", "not '{file}': the file is of another kind"),
        ("simulate --model=", "not '': it is empty"),
        ("simulate --lanes 0", "lanes must be an int from 1 to 4096, not 0"),
        ("simulate --lanes many", "'many' is not a valid integer"),
        ("simulate --tokens -1", "tokens must be a positive int, not -1"),
        ("simulate --node 3", "--node must be one of 7, 45, not 3"),
        ("simulate --bandwidth nan", "bandwidth must be a finite number above 0, not nan"),
        ("simulate --no-verify --out {file}", "--out must be a new folder, not the file"),
        ("simulate --no-verify --out /proc/nowhere/run", "/proc/nowhere"),
        ("simulate --model {empty}", "the folder holds no config.json"),
        ("simulate --model {broken}", "config.json: cannot be read as JSON"),
        ("simulate --nonsense", "No such option"),
        ("simulate --no-verify --seed -1", "seed must be a non-negative int, not -1"),
        (
            "simulate --no-verify --tokens 100000",
            "--tokens must be an int from 1 to 65535, not 100000",
        ),
        ("simulate --no-verify --prompt hi", "prompt must be left out: 3B is only a shape"),
        ("simulate --model tiny --no-verify --tokens 513", "context of 512, not 513"),
        ("simulate --model tiny --rtl token", "rtl must be left out"),
        ("report {damaged}", "run.json: model must be an object, but is missing"),
        ("compare {damaged} {damaged}", "run.json: model must be an object, but is missing"),
        ("generate --model 3B --prompt x", "not '3B': a preset has no weights"),
        ("generate --prompt x --max-tokens 0", "--max-tokens must be a positive int, not 0"),
        ("generate --prompt x --temperature -1", "temperature must be"),
        ("evaluate --text /nowhere/text", "--text must be a file, not /nowhere/text (No such"),
        ("evaluate --model 3B", "not '3B': a preset has no weights"),
        ("generate --prompt=", "--prompt must be a text to continue, not ''"),
        ("trace --prompt= --out {empty}/t", "--prompt must be a text to continue, not ''"),
        ("simulate --model tiny --prompt=", "--prompt must be a text to continue, not ''"),
        ("evaluate --text {binary}", "text must be UTF-8"),
        ("evaluate --text {file} --lines", "--text must have a line that is not blank, not {file}"),
        ("verilog --out /nowhere/array.v --lanes 2 --columns 2 --reduction 2", "/nowhere"),
        ("verilog --lanes 2 --columns 2 --reduction 0", "reduction must be an int from 1 to"),
        ("report {empty}", "RUN must be a folder with run.json"),
        ("verify {empty}", "{empty}"),
        ("verify {empty}", "TRACE must be a folder that `hwsim trace` wrote"),
        ("simulate --no-verify --token-depth 0", "--token-depth must be an int from 1 to"),
        ("simulate --no-verify --quantize absmean", "--quantize must be left out: 3B is only"),
        ("simulate --no-verify --technology {empty}/t.csv", "'{empty}/t.csv' does not exist"),
        ("trace --model 3B --tokens 0 --out {empty}/t", "--tokens must be a positive int, not 0"),
        ("energy --baseline fp8", "--baseline must be one of fp16, bf16"),
        ("verilog --out {file}", "--out must be a new folder, not the file"),
        ("verilog --out {file}.txt", "--out must be a file ending in .v, or a folder without a"),
        ("export --format zigzag --out {file}", "--out must be new (or --overwrite given), not"),
        ("init {file}", "FILE must be new (or --overwrite given), not {file}"),
        ("compare {empty} {empty} --lanes 3", "--lanes must be left out with run folders"),
        (
            "trace --values --prompt x --out {empty}/t",
            "--values must be left out: tiny has",
        ),
        (
            "trace --seed 2 --prompt x --out {empty}/t",
            "--seed must be left out with --temperature 0, which draws nothing",
        ),
        ("trace --prompt x --temperature nan --out {empty}/t", "--temperature must be 0 or a"),
        ("trace --model 3B --top-p 0.5 --out {empty}/t", "--top-p must be left out: 3B is only"),
        ("generate --prompt x --top-p 0.5", "--top-p must be left out with --temperature 0"),
        ("energy --quantize absmean", "--quantize must be left out: 3B is only a shape"),
        ("export --format zigzag --quantize absmean", "--quantize must be left out: 3B is only"),
        ("compare --quantize absmean", "--quantize must be left out: 3B is only a shape"),
        ("trace --model 3B --results --out {empty}/t", "--results must be left out: 3B is only"),
        ("simulate --generate-tokens 2", "--generate-tokens must be left out: 3B is only a shape"),
        ("simulate --model tiny --seed 2", "--seed must be left out: no weights of tiny are drawn"),
        ("simulate --out {empty}/x.html", "--out must be a new folder's name, to hold report.html"),
        ("generate --prompt x --lanes 8", "--lanes must be left out without --backend rtl"),
        ("export --format zigzag --layer 2", "--layer must be left out with --format zigzag"),
        (
            "export --format zigzag --phase decode --tokens 2",
            "--tokens must be left out with --phase decode, where M is 1",
        ),
        ("board run {empty} --port /dev/null", "{empty}: is not a whole trace"),
        ("compare {empty} {empty} --out {file}", "--out must be new (or --overwrite given)"),
        ("fpga sweep --out {file}", "--out must be new (or --overwrite given)"),
        ("simulate --waves {waves}", "--waves must be new (or --overwrite given), not {waves}"),
        ("simulate --waves nd/x.fst", "--waves must be in a folder that can be written, not nd/"),
        ("energy --baseline ternary", "--baseline must be one of fp16, bf16, w8a8, w4a16, fp32"),
        ("fpga sweep --target nope", "--target must be one of ecp5-85k"),
        ("fpga sweep --overwrite", "--overwrite must be left out without --out, which measures"),
        (
            "fpga sweep --largest --target gw1nr-9c",
            "--target must be one that was measured so: ecp5-85k, not gw1nr-9c",
        ),
        ("fpga sweep --share 0.5", "--share must be left out without --largest"),
        (
            "fpga sweep --largest --share 0.5",
            "--share must be left out without --out, which measures",
        ),
        ("verilog --baud 5", "--baud must be given with --link, not alone"),
        (
            "verilog --link --baud 900000000 --clock 100 --bandwidth 1 --lanes 4 --columns 4 "
            "--out {empty}/package",
            "--baud must be within 2% of the clock / n with n at least 4, at 100 MHz for example "
            "25000000, not 900000000",
        ),
        ("nonsense", "No such command"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(
    command: str, message: str, capsys: pytest.CaptureFixture, tmp_path: Path
) -> None:
    places = {"file": tmp_path / "file", "empty": tmp_path / "empty"}
    places |= {"broken": tmp_path / "broken", "binary": tmp_path / "binary"}
    places["file"].write_text("")
    places["binary"].write_bytes(b"\xff\xfe\x00")
    places["empty"].mkdir()
    places["broken"].mkdir()
    (places["broken"] / "config.json").write_text("{")
    places["waves"] = tmp_path / "k.fst"
    places["waves"].write_text("")
    places["damaged"] = tmp_path / "damaged"
    places["damaged"].mkdir()
    (places["damaged"] / "run.json").write_text('{"schema": "hwsim.run/1"}')
    before = sorted(tmp_path.rglob("*"))
    assert run(*command.format(**places).split()) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ")
    assert captured.err.count("\n") == 1
    assert message.format(**places) in captured.err
    assert sorted(tmp_path.rglob("*")) == before


def test_a_compiler_that_fails_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, tmp_path: Path
) -> None:
    monkeypatch.setenv("HWSIM_CACHE", str(tmp_path))
    monkeypatch.setenv("CXX", "/bin/false")
    words = ("simulate", "--model", "tiny", "--lanes", "2", "--columns", "2")
    assert run(*words) in (1, 2)
    captured = capsys.readouterr()
    assert captured.err.startswith("error: ")
    assert captured.err.count("\n") == 1


def test_too_little_memory_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def fill_memory(*_: object, **__: object) -> None:
        bytearray(1 << 62)

    monkeypatch.setattr("workloads.model.load_model", fill_memory)
    assert run("generate", "--prompt", "x") == 2
    message = "error: memory must be enough, and is not (none is left)\n"
    assert capsys.readouterr() == ("", message)


def test_a_missing_package_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    words = ("simulate", "--model", "700M", "--no-verify", "--out", str(tmp_path / "run"))
    assert run(*words) == 1
    message = "error: the Python package pandas is missing: `hwsim doctor` tells how to get it\n"
    assert capsys.readouterr().err == message
    assert list(tmp_path.iterdir()) == []
