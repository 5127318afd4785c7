"""`hwsim report`: the report of a run folder, written again."""

from pathlib import Path

import click


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="File; by default RUN/report.html.")
def report(run: Path, out: Path | None) -> None:
    """Write the self-contained HTML report of the run folder RUN.

    Example: hwsim report run --out report.html
    """
    from hwsim.run_folder import REPORT_NAME, read_run
    from reports.page import write_report

    path = out or run / REPORT_NAME
    write_report(read_run(run), path)
    click.echo(str(path))
