"""Numbers as text: three significant digits, prefixes, nothing rounded to all or nothing."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.notation import (
    choose_prefix,
    compare,
    format_deviation,
    format_percent,
    format_quantity,
    format_ratio,
    format_significant,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.0, "0"),
        (71.42857, "71.4"),
        (9.996, "10.0"),
        (99.96, "100"),
        (0.00123456, "0.00123"),
        (1234567.0, "1,234,567"),
        (-5.5, "−5.50"),
        (math.inf, "inf"),
    ],
)
def test_significant(value: float, text: str) -> None:
    assert format_significant(value) == text


@given(st.floats(min_value=1e-9, max_value=1e15))
def test_significant_digits_keep_the_value(value: float) -> None:
    shown = float(format_significant(value).replace(",", ""))
    assert shown == pytest.approx(value, rel=0.00501)


@given(st.floats(min_value=1e-14, max_value=1e14))
def test_a_prefix_leaves_one_to_three_digits(value: float) -> None:
    number, unit = format_quantity(value, "J").split("\u00a0")
    assert 1 <= float(number.replace(",", "")) < 1000
    assert unit.endswith("J")


def test_quantity_is_rounded_before_its_prefix_is_chosen() -> None:
    assert format_quantity(0.99999, "J") == "1.00\u00a0J"
    assert format_quantity(0, "J") == "0\u00a0J"
    assert choose_prefix(0) == ("", 1.0)
    assert choose_prefix(5e20) == ("T", 1e12)


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0 %"), (1, "100 %"), (0.5, "50.0 %"), (1e-6, "< 0.1 %"), (0.9999, "> 99.9 %")],
)
def test_percent(share: float, text: str) -> None:
    assert format_percent(share) == text.replace(" ", "\u00a0")


def test_deviation_has_a_sign_or_is_nothing_to_speak_of() -> None:
    assert format_deviation(-0.148) == "−14.80\u00a0%"
    assert format_deviation(0.0001) == "+0.01\u00a0%"
    assert format_deviation(0.0) == "<\u00a00.01\u00a0%"


def test_ratio_and_comparison() -> None:
    assert [format_ratio(ratio) for ratio in (71.42857, 1e-4, None, 0)] == [
        "71.4×",
        "0.000100×",
        "–",
        "–",
    ]
    assert (compare(2.0), compare(0.25), compare(1.0)) == ("2.00× less", "4.00× more", "1.00× less")
