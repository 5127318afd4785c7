"""A run as a folder: run.json, Parquet tables, the report; readable without hwsim."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hwsim.simulation import SCHEMA, Simulation
from workloads.errors import InputError
from workloads.files import write_folder

RUN_NAME, REPORT_NAME = "run.json", "report.html"
MATMULS_NAME, ENERGY_NAME = "matmuls.parquet", "energy.parquet"


def write_run(simulation: Simulation, path: Path | str, *, overwrite: bool = False) -> None:
    """Write `simulation` to the new folder `path`; it appears whole or not at all.

    run.json holds everything; matmuls.parquet has a row a distinct matmul and phase,
    energy.parquet a row of the ledger; report.html is self-contained.

    Raises InputError if the folder is not empty and not `overwrite`.
    """
    import pandas

    from hwsim.runs.record import record_run
    from reports.page import write_report

    run = record_run(simulation)
    matmuls = [
        {"phase": phase.name} | matmul
        for phase in simulation.phases
        for matmul in phase.matmul_records()
    ]
    with write_folder(path, overwrite=overwrite) as folder:
        text = json.dumps(run, indent=2, allow_nan=False)
        (folder / RUN_NAME).write_text(text, encoding="utf-8")
        pandas.DataFrame(matmuls).to_parquet(folder / MATMULS_NAME, index=False)
        ledger = [row.to_dict() for row in simulation.ledger]
        pandas.DataFrame(ledger).to_parquet(folder / ENERGY_NAME, index=False)
        write_report(run, folder / REPORT_NAME)


@contextmanager
def refuse_damage(path: Path | str) -> Iterator[None]:
    """Turn what a damaged run.json makes of its readers into one line that names the file."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        if isinstance(error, InputError) and str(path) in str(error):
            raise
        raise InputError(f"{Path(path) / RUN_NAME} is not a whole run: {error}") from None


def read_run(path: Path | str) -> dict[str, object]:
    """Return the content of a run folder's run.json.

    Raises InputError if there is none, it is damaged, or another version of hwsim wrote it.
    """
    file = Path(path) / RUN_NAME
    try:
        run = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"run must be a folder with {RUN_NAME}, not {path}") from None
    except (ValueError, OSError) as error:
        raise InputError(f"{file} must be JSON: {error}") from None
    schema = run.get("schema") if isinstance(run, dict) else None
    if schema != SCHEMA:
        raise InputError(f"{file} must have the schema {SCHEMA}, not {schema!r}: simulate again")
    return dict(run)
