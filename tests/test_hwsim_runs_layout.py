"""hwsim.runs.layout: a damaged run.json is one line with file, place, expected and given."""

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sample_run import write_record

from hwsim.certificate import certify
from hwsim.runs.comparison import compare_runs
from hwsim.runs.folder import read_run, refuse_damage
from hwsim.runs.layout import OPTIONAL, RUN, check_layout
from hwsim.runs.record import record_run
from hwsim.simulation import simulate
from reports.page import render_report
from workloads.errors import InputError
from workloads.json_layout import Kind

Steps = tuple[str | int, ...]


@pytest.fixture(scope="module")
def record() -> dict[str, Any]:
    run = record_run(simulate("700M", tokens=4, nodes_nm=(7,), verify=False))
    run["certificate"] = certify([], scope="nothing", verilog_sha256="").to_dict()
    return dict(json.loads(json.dumps(run)))


def list_leaves(layout: Any, steps: Steps = ()) -> Iterator[Steps]:
    """Yield the way to every value that the layout states, to the first of a list."""
    if isinstance(layout, Kind):
        yield steps
    elif isinstance(layout, dict):
        for key, part in layout.items():
            yield from list_leaves(part, (*steps, key))
    else:
        yield from list_leaves(layout[0], (*steps, 0))


LEAVES = list(list_leaves(RUN))


def follow(run: Any, steps: Steps) -> Any:
    for step in steps:
        run = run[step]
    return run


def name(steps: Steps) -> str:
    return re.sub(r"\.(\d+)", r"[\1]", ".".join(map(str, steps)))


def find_error(run: dict[str, Any]) -> str:
    with pytest.raises(InputError) as error:
        check_layout(run)
    return str(error.value)


def test_what_is_written_is_as_stated(record: dict[str, Any]) -> None:
    check_layout(record)
    check_layout({key: value for key, value in record.items() if key not in OPTIONAL})
    check_layout(record | dict.fromkeys(OPTIONAL))


@pytest.mark.parametrize("steps", LEAVES, ids=name)
def test_every_value_is_missed_and_checked(record: dict[str, Any], steps: Steps) -> None:
    run, place = copy.deepcopy(record), re.escape(name(steps))
    *parents, last = steps
    holder = follow(run, tuple(parents))
    holder[last] = {"a": 1}
    assert re.fullmatch(rf'{place} must be .+, not {{"a": 1}}', find_error(run))
    if isinstance(last, str):
        del holder[last]
        assert re.fullmatch(rf"{place} must be .+, but is missing", find_error(run))


class Watched(dict[str, Any]):
    """An object that notes which of its keys must be there for its readers."""

    def __init__(self, content: dict[str, Any], place: str, read: set[str]) -> None:
        super().__init__(content)
        self._place, self._read = place, read

    def __getitem__(self, key: str) -> Any:
        self._read.add(f"{self._place}.{key}".removeprefix("."))
        return super().__getitem__(key)


def watch(value: Any, place: str, read: set[str]) -> Any:
    if isinstance(value, dict):
        parts = {key: watch(part, f"{place}.{key}", read) for key, part in value.items()}
        return Watched(parts, place, read)
    return [watch(item, f"{place}[0]", read) for item in value] if type(value) is list else value


def test_all_that_the_report_needs_is_stated(record: dict[str, Any]) -> None:
    read: set[str] = set()
    render_report(watch(record, "", read))
    stated = {name(steps[:length]) for steps in LEAVES for length in range(1, len(steps) + 1)}
    assert len(read) > 100
    assert read <= stated


def test_phases_are_two(record: dict[str, Any]) -> None:
    run = record | {"phases": record["phases"][:1]}
    assert find_error(run) == "phases must be a prefill and a decode"


def test_a_file_that_is_no_run(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(InputError) as error:
        read_run(tmp_path)
    assert str(error.value) == (
        f"{tmp_path}/run.json must have the schema hwsim.run/1, not None: simulate again"
    )
    (tmp_path / "run.json").write_text('{"schema": "hwsim.run/1"')
    with pytest.raises(InputError, match=r"run\.json must be JSON in UTF-8, but breaks off in"):
        read_run(tmp_path)


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"^run must be a folder with run\.json, not .*file$"):
        read_run(tmp_path / "file")


def test_parts_that_do_not_fit_each_other(record: dict[str, Any], tmp_path: Path) -> None:
    run = copy.deepcopy(record)
    for point in run["scaling"]:
        point["quantity"] = "speed"
    write_record(run, tmp_path)
    assert compare_runs(tmp_path, tmp_path).results == ()
    with pytest.raises(InputError) as error, refuse_damage(tmp_path):
        render_report(read_run(tmp_path))
    assert str(error.value).startswith(f"{tmp_path}/run.json must be as hwsim wrote it, but its ")
