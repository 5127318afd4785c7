"""hwsim.systolic: the textbook's formulas, against a walk through every PE and cycle."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwsim import systolic
from hwsim.systolic import count_systolic_cycles
from workloads.errors import InputError

SIZES = st.integers(1, 12)


def walk_output_stationary(m: int, n: int, k: int, rows: int, columns: int) -> int:
    """PE (r, c) makes product i in cycle i + r + c of its fold; every fold drives the array."""
    a_fold = max(i + r + c for i in range(k) for r in range(rows) for c in range(columns)) + 1
    return a_fold * len(range(0, m, rows)) * len(range(0, n, columns))


def walk_weight_stationary(m: int, n: int, k: int, rows: int, columns: int) -> int:
    """Weights come in by a row a cycle, then PE (r, c) makes token i's product in i + r + c."""
    last = max(i + r + c for i in range(m) for r in range(rows) for c in range(columns))
    return (rows + last + 1) * len(range(0, k, rows)) * len(range(0, n, columns))


@given(m=SIZES, n=SIZES, k=SIZES, rows=SIZES, columns=SIZES)
def test_the_formulas_count_what_a_walk_counts(
    m: int, n: int, k: int, rows: int, columns: int
) -> None:
    array = {"rows": rows, "columns": columns}
    output = count_systolic_cycles("output-stationary", m, n, k, **array)
    assert output == walk_output_stationary(m, n, k, rows, columns)
    weight = count_systolic_cycles("weight-stationary", m, n, k, **array)
    assert weight == walk_weight_stationary(m, n, k, rows, columns)


@pytest.mark.parametrize(
    ("dataflow", "m", "rows", "message"),
    [
        ("row-stationary", 1, 1, "dataflow must be one of output-stationary, weight-stationary, "),
        ("output-stationary", 0, 1, "m must be a positive int, not 0"),
        ("weight-stationary", 1, 1.5, "rows must be a positive int, not 1.5"),
    ],
)
def test_bad_input(dataflow: str, m: int, rows: int, message: str) -> None:
    with pytest.raises(InputError) as error:
        count_systolic_cycles(dataflow, m, 1, 1, rows=rows, columns=1)
    assert str(error.value).startswith(message)


def test_the_examples() -> None:
    assert doctest.testmod(systolic) == (0, 2)
