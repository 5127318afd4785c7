"""`hwsim claims`: published numbers against ours."""

import click

from hwsim.console import json_option, print_json, print_table


@click.command()
@json_option
def claims(as_json: bool) -> int:
    """List the published numbers that hwsim models, with our value and the deviation.

    Exit status 1 if a claim marked as reproduced has drifted beyond its tolerance.

    \b
    Example: hwsim claims --json
    """
    from energy.claims import evaluate_claims

    results = evaluate_claims()
    if as_json:
        print_json([result.to_dict() for result in results])
    else:
        rows = [
            (
                result.claim,
                f"{result.published:g} {result.unit}",
                "" if result.ours is None else f"{result.ours:.6g}",
                "" if result.deviation is None else f"{result.deviation:+.3%}",
                result.verdict + (" (DRIFTED)" if result.drifted else ""),
            )
            for result in results
        ]
        print_table(
            "Published claims", ("claim", "published", "ours", "deviation", "verdict"), rows
        )
    return 1 if any(result.drifted for result in results) else 0
