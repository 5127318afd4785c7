"""The boards' phase-locked loops: which clocks they make of an oscillator's, and how.

# Ref: Lattice FPGA-TN-02200 (ECP5 sysCLOCK), FPGA-TN-02052 (iCE40 sysCLOCK); Gowin DS117 (GW1NR),
# whose limits Project Apicula's gowin_pll has too.
"""

from dataclasses import dataclass

from workloads.errors import InputError

#: A clock that is asked for may be missed by this much.
MAX_CLOCK_ERROR = 0.001

_ECP5 = """\
    wire locked, clk;
    (* ICP_CURRENT = "12" *) (* LPF_RESISTOR = "8" *)
    EHXPLLL #(
        .PLLRST_ENA("DISABLED"), .INTFB_WAKE("DISABLED"), .STDBY_ENABLE("DISABLED"),
        .DPHASE_SOURCE("DISABLED"), .OUTDIVIDER_MUXA("DIVA"), .OUTDIVIDER_MUXB("DIVB"),
        .OUTDIVIDER_MUXC("DIVC"), .OUTDIVIDER_MUXD("DIVD"), .CLKI_DIV({input_divider}),
        .CLKOP_ENABLE("ENABLED"), .CLKOP_DIV({output_divider}), .CLKOP_CPHASE({phase}),
        .CLKOP_FPHASE(0), .FEEDBK_PATH("CLKOP"), .CLKFB_DIV({feedback_divider})
    ) pll (
        .RST(1'b0), .STDBY(1'b0), .CLKI(oscillator), .CLKOP(clk), .CLKFB(clk), .CLKINTFB(),
        .PHASESEL0(1'b0), .PHASESEL1(1'b0), .PHASEDIR(1'b1), .PHASESTEP(1'b1),
        .PHASELOADREG(1'b1), .PLLWAKESYNC(1'b0), .ENCLKOP(1'b0), .LOCK(locked)
    );
"""

_ICE40 = """\
    wire locked, clk;
    SB_PLL40_PAD #(
        .FEEDBACK_PATH("SIMPLE"), .DIVR(4'd{input_divider}), .DIVF(7'd{feedback_divider}),
        .DIVQ(3'd{output_divider}), .FILTER_RANGE(3'd1)
    ) pll (
        .PACKAGEPIN(oscillator), .PLLOUTGLOBAL(clk), .PLLOUTCORE(), .LOCK(locked),
        .RESETB(1'b1), .BYPASS(1'b0), .EXTFEEDBACK(), .DYNAMICDELAY(), .LATCHINPUTVALUE(),
        .SDO(), .SDI(), .SCLK()
    );
"""

_GOWIN = """\
    wire locked, clk;
    rPLL #(
        .DEVICE("GW1NR-9C"), .FCLKIN("{oscillator_mhz:g}"), .IDIV_SEL({input_divider}),
        .FBDIV_SEL({feedback_divider}), .ODIV_SEL({output_divider}), .CLKFB_SEL("internal")
    ) pll (
        .CLKIN(oscillator), .CLKOUT(clk), .LOCK(locked), .RESET(1'b0), .RESET_P(1'b0),
        .CLKFB(1'b0), .FBDSEL(6'b0), .IDSEL(6'b0), .ODSEL(6'b0), .PSDA(4'b0), .DUTYDA(4'b0),
        .FDLY(4'b0), .CLKOUTP(), .CLKOUTD(), .CLKOUTD3()
    );
"""

_PLAIN = """\
    wire clk = oscillator, locked = 1'b1;
"""


@dataclass(frozen=True, kw_only=True)
class Clock:
    """A clock on a board.

    Attributes
    ----------
    clock_mhz : what it is, exactly.
    verilog : from the input `oscillator` to the wires `clk` and `locked`.
    """

    clock_mhz: float
    verilog: str


def make_clock(router: str, oscillator_mhz: float, clock_mhz: float) -> Clock:
    """Return the clock nearest to `clock_mhz` on an FPGA of nextpnr's `router`.

    Raises InputError if there is none within 0.1 %.
    """
    if clock_mhz == oscillator_mhz:
        return Clock(clock_mhz=clock_mhz, verilog=_PLAIN)
    list_clocks, text = {
        "ecp5": (_list_ecp5, _ECP5),
        "ice40": (_list_ice40, _ICE40),
        "himbaechel-gowin": (_list_gowin, _GOWIN),
    }[router]
    choices = list_clocks(oscillator_mhz)
    nearest = min(choices, key=lambda mhz: abs(mhz - clock_mhz))
    if abs(nearest - clock_mhz) > MAX_CLOCK_ERROR * clock_mhz:
        raise InputError(
            f"clock must be one that the board's PLL makes, for example {nearest:g} MHz, "
            f"not {clock_mhz:g}"
        )
    verilog = text.format(oscillator_mhz=oscillator_mhz, **choices[nearest])
    return Clock(clock_mhz=nearest, verilog=verilog)


def _list_ecp5(oscillator_mhz: float) -> dict[float, dict[str, int]]:
    # The oscillator runs at 400 to 800 MHz, the phase detector at 3.125 MHz at least.
    choices: dict[float, dict[str, int]] = {}
    for divider in range(1, int(oscillator_mhz / 3.125) + 1):
        for feedback in range(1, 81):
            clock = oscillator_mhz * feedback / divider
            output = int(800 / clock) if clock else 0
            if clock <= 400 and 1 <= output <= 128 and clock * output >= 400:
                choices.setdefault(
                    clock,
                    {
                        "input_divider": divider,
                        "feedback_divider": feedback,
                        "output_divider": output,
                        "phase": output - 1,
                    },
                )
    return choices


def _list_ice40(oscillator_mhz: float) -> dict[float, dict[str, int]]:
    # The oscillator runs at 533 to 1066 MHz; the output, divided by 2 to 64, is 16 to 275 MHz.
    return {
        oscillator_mhz * (feedback + 1) / 2**output: {
            "input_divider": 0,
            "feedback_divider": feedback,
            "output_divider": output,
        }
        for feedback in range(128)
        for output in range(1, 7)
        if 533 <= oscillator_mhz * (feedback + 1) <= 1066
        and 16 <= oscillator_mhz * (feedback + 1) / 2**output <= 275
    }


def _list_gowin(oscillator_mhz: float) -> dict[float, dict[str, int]]:
    # The oscillator runs at 400 to 1200 MHz, the phase detector at 3 MHz at least.
    choices: dict[float, dict[str, int]] = {}
    for divider in range(int(oscillator_mhz / 3)):
        for feedback in range(64):
            clock = oscillator_mhz * (feedback + 1) / (divider + 1)
            for output in (2, 4, 8, 16, 32, 48, 64, 80, 96, 112, 128):
                if clock >= 3.125 and 400 < clock * output < 1200:
                    choices.setdefault(
                        clock,
                        {
                            "input_divider": divider,
                            "feedback_divider": feedback,
                            "output_divider": output,
                        },
                    )
    return choices
