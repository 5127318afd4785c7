"""`hwsim report`: the report of a run folder, written again."""

from pathlib import Path

import click

from hwsim.commands.options import overwrite_option
from hwsim.console import json_option, print_json, progress


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="File; by default RUN/report.html.")
@overwrite_option
@json_option
def report(run: Path, out: Path | None, overwrite: bool, as_json: bool) -> None:
    """Write the self-contained HTML report of the run folder RUN.

    RUN/report.html is written anew; a file of --out is new, or --overwrite given.

    \b
    Example: hwsim report run --out report.html
    """
    from hwsim.runs.folder import REPORT_NAME, read_run, refuse_damage
    from reports.page import render_report
    from workloads.files import check_file, write_file

    path = out or run / REPORT_NAME
    overwrite = overwrite or out is None
    with progress("writing the report"):
        content = read_run(run)
        check_file(path, overwrite=overwrite)
        with refuse_damage(run):
            page = render_report(content)
        with write_file(path, overwrite=overwrite) as aside:
            aside.write_text(page, encoding="utf-8")
    if as_json:
        print_json({"report": str(path), "bytes": path.stat().st_size})
    else:
        click.echo(str(path))
