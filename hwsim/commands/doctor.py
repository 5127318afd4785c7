"""`hwsim doctor`: what is installed, what is missing, and how to get it."""

import click

from hwsim.console import console, json_option, print_json, progress


@click.command()
@json_option
def doctor(as_json: bool) -> int:
    """Tell what is installed, and how to get what is missing.

    Of each missing tool: what it would add. Exit status 1 if something that simulating, Verilog or
    the report needs is missing.

    \b
    Example: hwsim doctor
    """
    from hwsim.diagnosis import diagnose

    with progress("looking"):
        diagnosis = diagnose()
    if as_json:
        print_json(diagnosis.to_dict())
        return 0 if diagnosis.healthy else 1
    width = max(len(finding.name) for finding in diagnosis.findings)
    for core in (True, False):
        click.echo("Needed:" if core else "Optional:")
        for finding in (finding for finding in diagnosis.findings if finding.core == core):
            verdict = "ok" if finding.works else "MISSING" if core else "-"
            _print_beside(f"  {verdict:7}  {finding.name:{width}}  ", finding.found)
            if not finding.works:
                _print_beside(" " * (width + 13), f"{finding.adds}; get it: {finding.get}")
    click.echo(
        f"The build cache holds {diagnosis.cache_files} files, {diagnosis.cache_bytes / 1e6:,.1f} "
        "MB; deleting them is safe."
    )
    missing = [finding.name for finding in diagnosis.findings if finding.core > finding.works]
    click.echo(f"Missing: {', '.join(missing)}" if missing else "Everything needed is there.")
    return 0 if diagnosis.healthy else 1


def _print_beside(margin: str, text: str) -> None:
    """Print `text` to the right of `margin`; on a terminal all of its lines."""
    from textwrap import fill

    terminal = console()
    room = terminal.width - len(margin)
    if terminal.is_terminal and room > 0:
        indent = " " * len(margin)
        text = fill(text, room, break_on_hyphens=False).replace("\n", f"\n{indent}")
    click.echo(margin + text)
