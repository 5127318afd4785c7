"""workloads.json_layout: what is wrong with a JSON file is one line."""

from pathlib import Path
from typing import Any

import pytest

from workloads.errors import InputError
from workloads.json_layout import (
    BOOL,
    COUNT,
    INT,
    MISSING,
    NUMBER,
    POSITIVE,
    TEXT,
    check_value,
    name_all,
    or_null,
    read_object,
)


@pytest.mark.parametrize(
    ("value", "layout", "message"),
    [
        (True, NUMBER, "x must be a number, not true"),
        (float("inf"), NUMBER, "x must be a number, not Infinity"),
        (MISSING, TEXT, "x must be a text, but is missing"),
        ("ab", [TEXT], 'x must be a list, not "ab"'),
        (["a", 2], [TEXT], "x[1] must be a text, not 2"),
        ([], {"a": TEXT}, "x must be an object, not []"),
        ({"a": {"b": 1}}, {"a": {"b": TEXT}}, "x.a.b must be a text, not 1"),
        ("a" * 100, NUMBER, f'x must be a number, not "{"a" * 52}...'),
    ],
)
def test_one_value(value: Any, layout: Any, message: str) -> None:
    with pytest.raises(InputError) as error:
        check_value("x", value, layout)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        (TEXT, ["", "a"], [1, None, ["a"]]),
        (BOOL, [True, False], [0, "true"]),
        (INT, [0, 3], [-1, 1.0, True]),
        (COUNT, [1, 10**30], [0, 2.5, False]),
        (NUMBER, [0, -1.5, 10**400], [float("nan"), True, "1"]),
        (POSITIVE, [1, 0.1], [0, -1, float("inf")]),
        (or_null(TEXT), ["a", None], [1]),
    ],
)
def test_kinds(kind: Any, right: list[Any], wrong: list[Any]) -> None:
    for value in right:
        check_value("x", value, kind)
    for value in wrong:
        with pytest.raises(InputError, match=r"^x must be "):
            check_value("x", value, kind)


def test_names_of_one_kind() -> None:
    assert name_all(INT, "a b") == {"a": INT, "b": INT}


def test_an_object_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"a": [1]}')
    assert read_object(tmp_path / "a.json") == {"a": [1]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "must be JSON in UTF-8, but breaks off in line 1"),
        (b'{"schema": 1,\n "model": {', "must be JSON in UTF-8, but breaks off in line 2"),
        (b"\xff\xfe", "must be JSON in UTF-8"),
        (b"[" * 100_000, "must be JSON in UTF-8"),
        (b'{"schema": NaN}', "must be JSON in UTF-8"),
        (b"[]", "must be a JSON object, not a list"),
    ],
)
def test_a_file_that_holds_no_object(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(InputError) as error:
        read_object(tmp_path / "a.json")
    assert str(error.value) == f"{tmp_path}/a.json {message}"
