"""`hwsim claims`: published numbers against ours."""

import click

from hwsim.console import json_option, print_json, progress


@click.command()
@json_option
def claims(as_json: bool) -> int:
    """List published numbers beside ours, with a verdict on each.

    Exit status 1 if a value of ours has drifted beyond its tolerance.

    \b
    Example: hwsim claims --json
    """
    from energy.claims import evaluate_claims

    with progress("computing"):
        results = evaluate_claims()
    if as_json:
        print_json([result.to_dict() for result in results])
    else:
        from hwsim.claim_tables import print_claims

        print_claims(results)
    return 1 if any(result.drifted for result in results) else 0
