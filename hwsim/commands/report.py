"""`hwsim report`: the report of a run folder, written again."""

from pathlib import Path

import click

from hwsim.console import json_option, print_json, progress


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="File; by default RUN/report.html.")
@json_option
def report(run: Path, out: Path | None, as_json: bool) -> None:
    """Write the self-contained HTML report of the run folder RUN.

    \b
    Example: hwsim report run --out report.html
    """
    from hwsim.runs.folder import REPORT_NAME, read_run, refuse_damage
    from reports.page import render_report
    from workloads.files import write_file

    path = out or run / REPORT_NAME
    with progress("writing the report"):
        with refuse_damage(run):
            page = render_report(read_run(run))
        with write_file(path) as aside:
            aside.write_text(page, encoding="utf-8")
    if as_json:
        print_json({"report": str(path), "bytes": path.stat().st_size})
    else:
        click.echo(str(path))
