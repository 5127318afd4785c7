"""`hwsim report`: the report of a run folder, written again."""

from pathlib import Path

import click

from hwsim.console import json_option, print_json


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="File; by default RUN/report.html.")
@json_option
def report(run: Path, out: Path | None, as_json: bool) -> None:
    """Write the self-contained HTML report of the run folder RUN.

    \b
    Example: hwsim report run --out report.html
    """
    from hwsim.run_folder import REPORT_NAME, read_run, refuse_damage
    from reports.page import write_report

    path = out or run / REPORT_NAME
    with refuse_damage(run):
        write_report(read_run(run), path)
    if as_json:
        print_json({"report": str(path), "bytes": path.stat().st_size})
    else:
        click.echo(str(path))
