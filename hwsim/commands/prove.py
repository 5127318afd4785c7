"""`hwsim prove`: the formal proofs of the arrays, listed or run."""

import click

from hwsim.console import json_option, print_json, print_table, progress
from rtl.config import STYLES


@click.command()
@click.option(
    "--style",
    type=click.Choice(STYLES),
    help="Only what is proved of arrays of this style.  [default: all styles]",
)
@click.option("--long", is_flag=True, help="Also the proofs that take minutes.")
@click.option(
    "--list", "only_list", is_flag=True, help="Tell what all of them claim; prove nothing."
)
@json_option
def prove(style: str | None, long: bool, only_list: bool, as_json: bool) -> int:
    """Prove the arrays' parts correct, for all inputs and all time.

    Needs the extra `formal`. Exit status 1 if a proof fails.

    \b
    Example: hwsim prove --style systolic
    """
    from hwsim.proving import run_goals
    from rtl.proofs.goals import list_goals

    goals = list_goals(style, long=long)
    if only_list:
        short = {goal.name for goal in list_goals(style, long=False)}
        listed = [(goal, goal.name not in short) for goal in list_goals(style, long=True)]
        if as_json:
            print_json({"proofs": [goal.to_dict() | {"long": takes} for goal, takes in listed]})
        else:
            for goal, takes in listed:
                styles = "" if set(goal.styles) == set(STYLES) else f" [{', '.join(goal.styles)}]"
                click.echo(f"{goal.name}{styles}{' (--long)' if takes else ''}: {goal.claim}")
        return 0
    with progress("proving") as report:
        attempts = run_goals(goals, report=report)
    failed = [attempt for attempt in attempts if not attempt.passed]
    if as_json:
        print_json({"proofs": [attempt.to_dict() for attempt in attempts]})
    else:
        header = ("proof", "outcome", "steps", "seconds")
        print_table("", header, [attempt.to_row() for attempt in attempts])
        for attempt in failed:
            click.echo(f"{attempt.goal.name}, that {attempt.goal.claim}:\n{attempt.result.report}")
        click.echo(f"{len(attempts) - len(failed)} of {len(attempts)} proved")
    return 1 if failed else 0
