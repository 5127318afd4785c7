"""A run as a folder: run.json, Parquet tables, the report; readable without hwsim."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hwsim.result import SCHEMA, Simulation
from hwsim.runs.layout import check_layout
from workloads.errors import InputError
from workloads.files import check_folder, write_folder
from workloads.json_layout import read_object

RUN_NAME, REPORT_NAME = "run.json", "report.html"
MATMULS_NAME, ENERGY_NAME = "matmuls.parquet", "energy.parquet"
FILES = (RUN_NAME, REPORT_NAME, MATMULS_NAME, ENERGY_NAME)


def check_run_folder(path: Path | str, *, overwrite: bool = False) -> None:
    """Refuse a folder that `write_run` could not make, or that is named like one of its files.

    Raises InputError. Call it before long work.
    """
    if Path(path).suffix in {Path(name).suffix for name in FILES} and not Path(path).is_dir():
        raise InputError(f"folder must be a new folder's name, to hold {REPORT_NAME}, not {path}")
    check_folder(path, overwrite=overwrite, names=FILES)


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
def refuse_damage(*paths: Path | str) -> Iterator[None]:
    """Turn what runs whose parts do not fit each other do to their readers into one line."""
    files = " or ".join(str(Path(path) / RUN_NAME) for path in paths)
    try:
        yield
    except InputError as error:
        raise InputError(f"{files}: {error}") from None
    except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError, StopIteration):
        raise InputError(
            f"{files} must be as hwsim wrote it, but its parts do not fit each other: simulate "
            "again"
        ) from None


def read_run(path: Path | str) -> dict[str, object]:
    """Return the content of a run folder's run.json.

    Raises InputError if there is none, it is damaged, or another version of hwsim wrote it; or if
    a table beside it is missing or cut off.
    """
    file = Path(path) / RUN_NAME
    try:
        run = read_object(file)
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"run must be a folder with {RUN_NAME}, not {path}") from None
    except OSError as error:
        raise InputError(
            f"run must be a folder that can be read, not {path} ({error.strerror})"
        ) from None
    if run.get("schema") != SCHEMA:
        raise InputError(
            f"{file} must have the schema {SCHEMA}, not {run.get('schema')!r}: simulate again"
        )
    try:
        check_layout(run)
    except InputError as error:
        raise InputError(f"{file}: {error}") from None
    for name in (MATMULS_NAME, ENERGY_NAME):
        _check_table(Path(path) / name)
    return run


def _check_table(file: Path) -> None:
    from pyarrow import ArrowException
    from pyarrow.parquet import read_metadata

    try:
        read_metadata(file)
    except (OSError, ArrowException):
        problem = "is damaged" if file.is_file() else "is missing"
        raise InputError(
            f"{file} must be as hwsim wrote it, but {problem}: simulate again"
        ) from None
