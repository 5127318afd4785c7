"""hwsim.numerals: a terminal shows the report's digits, in ASCII."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_run import make_run

from hwsim import numerals
from hwsim.simulation import simulate
from hwsim.summary import tabulate_energy, tabulate_time
from reports import notation
from reports.records import Ledger
from reports.run_tables import tabulate_phases, tabulate_scopes

SHARES = st.floats(min_value=-1, max_value=1)


@given(st.floats(min_value=1e-14, max_value=1e14))
def test_digits_are_those_of_the_report(value: float) -> None:
    assert numerals.format_ratio(value)[:-1] == notation.format_ratio(value)[:-1]
    shown = numerals.format_quantity(value, "J").replace("u", "µ").replace(" ", notation.NBSP)
    assert shown == notation.format_quantity(value, "J")


@given(SHARES)
def test_everything_is_ascii(share: float) -> None:
    for format_share in (numerals.format_percent, numerals.format_deviation):
        assert format_share(share).isascii()
    assert numerals.format_number(share, 5).isascii()


@pytest.mark.parametrize("share", [0.0, -0.0, 1e-9, -1e-9, 4.9e-5, -4.9e-5])
def test_a_deviation_is_never_a_signed_nothing(share: float) -> None:
    assert numerals.format_deviation(share) == "< 0.01%"


def test_nothing_is_a_dash() -> None:
    assert (numerals.format_ratio(None), numerals.format_ratio(0.0)) == ("-", "-")


def test_tables_are_those_of_the_report() -> None:
    run, simulation = make_run("700M"), simulate("700M", verify=False)
    printed = {name: cells for name, *cells in tabulate_energy(simulation).rows}
    shown = {row[0].text: row[2:-1] for row in tabulate_scopes(Ledger(run["energy"])).rows}
    assert len(printed) == len(shown) - 1 > 6  # a terminal tells one operation in a sentence
    for name, cells in printed.items():
        ratios = [cell.split()[-1].replace("x", "×") for cell in cells]
        assert ratios == [cell.text for cell in shown[name]]
    speeds = next(cells for name, *cells in tabulate_time(simulation).rows if name == "tokens/s")
    rows = tabulate_phases(run["phases"]).rows
    assert all(
        speed in [cell.text for cell in row] for speed, row in zip(speeds, rows, strict=True)
    )
