"""hwsim.console: tables fit the terminal, and in a pipe nothing of them is cut."""

import re

import pytest

from hwsim.console import console, print_table

HEADER = ("design", "technology", "tokens/s", "power")
ROWS = [("this array", "7 nm, simulated", "317.8", "9.9 W"), ("[a] other", "FPGA", "25", "n/r")]


def show(capsys: pytest.CaptureFixture, *lines: tuple[str, ...], title: str = "Title") -> list[str]:
    header, *rows = lines
    print_table(title, header, rows)
    text = re.sub(r"\x1b\[[\d;]*m", "", capsys.readouterr().out)
    return [line.rstrip() for line in text.splitlines()]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    return monkeypatch


def test_a_pipe_gets_every_table_whole(capsys: pytest.CaptureFixture) -> None:
    wide = [tuple(f"{text} {'x' * 80}" for text in row) for row in (HEADER, *ROWS)]
    shown = show(capsys, *wide)
    assert shown[0] == "Title"
    assert shown[2].split() == " ".join(wide[0]).split()
    for line, row in zip(shown[4:], wide[1:], strict=False):
        assert line.split() == " ".join(row).split()
    assert not any("…" in line for line in shown)


@pytest.mark.parametrize("width", [20, 26, 34, 40, 52, 80])
def test_a_terminal_gets_as_many_tables_as_it_needs(
    width: int, terminal: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    terminal.setenv("COLUMNS", str(width))
    shown = show(capsys, HEADER, *ROWS, title="")
    assert max(len(line) for line in shown) <= width
    text = " ".join(" ".join(shown).split())
    for words in (*HEADER, *(cell for row in ROWS for cell in row)):
        assert width < 34 or words in text
    tables = sum("design" in line for line in shown)
    assert tables == {20: 3, 26: 3, 34: 2, 40: 2, 52: 1, 80: 1}[width]


def test_parts_are_alike_in_width(
    terminal: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    terminal.setenv("COLUMNS", "60")
    rows = [("a", *("12345678901" for _ in range(4)))]
    shown = show(capsys, ("name", "one", "two", "three", "four"), *rows)
    heads = [line.split() for line in shown if "name" in line]
    assert [len(head) for head in heads] == [3, 3]


def test_a_table_of_one_column(capsys: pytest.CaptureFixture) -> None:
    assert show(capsys, ("only",), ("[bold]",))[2:5:2] == ["  only", "  [bold]"]


def test_no_line_of_a_pipe_ends_in_blanks(capsys: pytest.CaptureFixture) -> None:
    print_table("Title", HEADER, [*ROWS, ("last", "", "", "")])
    console().print("word " * 30)  # is wrapped
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 6
    assert [line for line in lines if line != line.rstrip()] == []
