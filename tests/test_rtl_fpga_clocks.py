"""rtl.fpga.clocks: dividers that make the clock that was asked for, within the PLLs' ranges."""

import re

import pytest

from rtl.fpga.clocks import make_clock
from workloads.errors import InputError


def read_number(text: str, name: str) -> int:
    (number,) = re.findall(rf"\.{name}\((?:\d'd)?(\d+)\)", text)
    return int(number)


@pytest.mark.parametrize("clock_mhz", [12.5, 50.0, 80.0, 100.0, 125.0, 250.0, 300.0])
def test_ecp5(clock_mhz: float) -> None:
    clock = make_clock("ecp5", 25.0, clock_mhz)
    assert clock.clock_mhz == clock_mhz
    divider, feedback, output = (
        read_number(clock.verilog, name) for name in ("CLKI_DIV", "CLKFB_DIV", "CLKOP_DIV")
    )
    assert 25 * feedback / divider == clock_mhz
    assert 400 <= clock_mhz * output <= 800 and 25 / divider >= 3.125


@pytest.mark.parametrize("clock_mhz", [18.0, 24.0, 30.0, 48.0])
def test_ice40(clock_mhz: float) -> None:
    clock = make_clock("ice40", 12.0, clock_mhz)
    divider, feedback, output = (
        read_number(clock.verilog, name) for name in ("DIVR", "DIVF", "DIVQ")
    )
    assert 12 * (feedback + 1) / (divider + 1) / 2**output == clock.clock_mhz == clock_mhz
    assert 533 <= 12 * (feedback + 1) <= 1066


@pytest.mark.parametrize("clock_mhz", [9.0, 54.0, 81.0, 94.5, 108.0, 150.0])
def test_gowin(clock_mhz: float) -> None:
    clock = make_clock("himbaechel-gowin", 27.0, clock_mhz)
    divider, feedback, output = (
        read_number(clock.verilog, name) for name in ("IDIV_SEL", "FBDIV_SEL", "ODIV_SEL")
    )
    assert 27 * (feedback + 1) / (divider + 1) == clock.clock_mhz == pytest.approx(clock_mhz, 0.001)
    assert 400 <= clock.clock_mhz * output <= 1200 and 27 / (divider + 1) >= 3
    assert '.FCLKIN("27")' in clock.verilog and feedback < 64 and divider < 64


def test_the_oscillator_needs_no_pll() -> None:
    assert "pll" not in make_clock("ecp5", 25.0, 25.0).verilog.lower()


@pytest.mark.parametrize(
    ("router", "mhz"),
    [
        *(("ecp5", 900.0), ("ice40", 1.0), ("ice40", 9.0), ("ice40", 300.0)),
        ("himbaechel-gowin", 2.0),
    ],
)
def test_other_clocks_are_refused(router: str, mhz: float) -> None:
    with pytest.raises(InputError, match=r"^clock must be one that the board's PLL makes, for"):
        make_clock(router, 12.0, mhz)
