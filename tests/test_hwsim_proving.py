"""`hwsim prove`: lists what is proved, proves it, and fails with a proof that fails."""

import json
import re
from functools import partial

import pytest

from hwsim.cli import main
from hwsim.proving import run_goals
from rtl.config import STYLES
from rtl.proofs import goals
from rtl.proofs.catalog import list_long_proofs, list_proofs
from rtl.proofs.goals import Goal, list_goals
from rtl.proofs.prover import Fault, prove
from workloads.errors import InputError

SMALL_VERILOG = "Verilog, tree, 3 x 1"
PROOFS = {proof.name: proof for proof in list_proofs()}


def break_goal(name: str, fault: Fault) -> Goal:
    return Goal(
        name=f"broken {name}",
        claim=PROOFS[name].claim,
        styles=STYLES,
        attempt=partial(prove, PROOFS[name], fault),
    )


def run_command(arguments: str, capsys: pytest.CaptureFixture) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stopped:
        main(["prove", *arguments.split()])
    captured = capsys.readouterr()
    return int(stopped.value.code or 0), captured.out, captured.err


def test_every_proof_is_a_goal_of_some_style() -> None:
    every, long = list_goals(), list_goals(long=True)
    names = [goal.name for goal in long]
    assert len(set(names)) == len(names)
    assert {*PROOFS, *(proof.name for proof in list_long_proofs())} < set(names)
    assert len(every) == len(long) - len(list(list_long_proofs()))
    for style in STYLES:
        assert {goal.name for goal in list_goals(style)} == {
            goal.name for goal in every if style in goal.styles
        }
    assert set().union(*(goal.styles for goal in every)) == set(STYLES)


def test_unknown_style() -> None:
    with pytest.raises(
        InputError, match=r"^style must be one of tree, table, systolic, not 'ring'"
    ):
        list_goals("ring")


def test_the_list_tells_what_needs_long(capsys: pytest.CaptureFixture) -> None:
    long = {proof.name for proof in list_long_proofs()}
    status, output, _ = run_command("--list --json", capsys)
    listed = {goal["name"]: goal["long"] for goal in json.loads(output)["proofs"]}
    assert status == 0
    assert {name for name, takes in listed.items() if takes} == long
    assert set(listed) == {goal.name for goal in list_goals(long=True)}
    _, output, _ = run_command("--list", capsys)
    styles = "|".join(STYLES)
    words = re.compile(rf"^(.*?)(?: \[((?:{styles})(?:, (?:{styles}))*)\])?( \(--long\))?: ")
    lines = [words.match(line) for line in output.splitlines()]
    assert {line[1] for line in lines if line and line[3]} == long
    for line, goal in zip(lines, list_goals(long=True), strict=True):
        assert line
        assert line[1] == goal.name
        assert set((line[2] or ", ".join(STYLES)).split(", ")) == set(goal.styles)


def test_the_list_proves_nothing(capsys: pytest.CaptureFixture) -> None:
    status, output, _ = run_command("--style systolic --list", capsys)
    assert status == 0
    shown = f"elements, row 63 [systolic]: {PROOFS['elements, row 63'].claim}"
    assert shown in output.splitlines()
    assert "dot product, 1 lanes" not in output


def test_verilog_and_plans_are_proved() -> None:
    own = [goal for goal in list_goals() if goal.name.startswith(("plans", "Verilog"))]
    assert {style for goal in own for style in goal.styles} == set(STYLES)
    # The others' Verilog is proved in test_rtl_proofs_verilog.py.
    own = [goal for goal in own if goal.styles != ("systolic",) and goal.name != SMALL_VERILOG]
    assert [attempt.result.outcome for attempt in run_goals(own)] == ["proved"] * 3


def test_a_failed_proof_is_the_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    whole = next(goal for goal in list_goals() if goal.name == "adders")
    broken = break_goal("adders", Fault(signal="dut.adder_b0_0_sum", value="bit0"))
    monkeypatch.setattr(goals, "list_goals", lambda style, long: [broken, whole])
    status, output, _ = run_command("", capsys)
    assert status == 1
    assert "1 of 2 proved" in output
    assert f"broken adders, that {whole.claim}:" in output
    assert "\\bit0 " in output  # the counterexample
    status, output, _ = run_command("--json", capsys)
    first, second = json.loads(output)["proofs"]
    assert status == 1
    assert (first["name"], first["outcome"]) == ("broken adders", "refuted")
    assert "\\bit0 " in first["report"]
    assert (second["name"], second["outcome"], second["report"]) == ("adders", "proved", None)


def test_the_command_proves(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    few = [goal for goal in list_goals("systolic") if goal.name.startswith("elements")]
    monkeypatch.setattr(goals, "list_goals", lambda style, long: few)
    status, output, error = run_command("", capsys)
    assert (status, error) == (0, "")
    assert output.count(" proved ") == len(few)
    assert f"{len(few)} of {len(few)} proved" in output
