"""Boards that can be bought: FPGA, oscillator, serial port, memory, pins.

# Ref: ULX3S v3.1.7 `ulx3s_v20.lpf` (github.com/emard/ulx3s); iCEBreaker v1.0e `icebreaker.pcf`
# (github.com/icebreaker-fpga/icebreaker); Tang Nano 9K `uart/src/top.cst`, `picotiny.cst`
# (github.com/sipeed/TangNano-9K-example); the data sheets of their memories.
"""

from dataclasses import dataclass

from rtl.fpga.devices import Device, find_device
from workloads.errors import require_choice


@dataclass(frozen=True, kw_only=True)
class Board:
    """A board.

    Attributes
    ----------
    name : as `--board` takes it.
    title : as its maker calls it.
    target : name of its FPGA in `rtl.fpga.devices`.
    oscillator_mhz : what is on the board; a PLL makes other clocks of it.
    memory_bytes, memory_gb_s : of the largest memory beside the FPGA that can hold weights, and
        its bandwidth at the most, 1e9 bytes a second.
    memory_source : what that is.
    pins : constraints of `oscillator`, `rx`, `tx`, `busy`, `fault`, and `high` if there is one.
    high : an output that must be high, or "".
    lit : level that lights an LED.
    """

    name: str
    title: str
    target: str
    oscillator_mhz: float
    memory_bytes: int
    memory_gb_s: float
    memory_source: str
    pins: str
    high: str = ""
    lit: int = 1

    @property
    def device(self) -> Device:
        """Its FPGA."""
        return find_device(self.target)


BOARDS = {
    board.name: board
    for board in (
        Board(
            name="ulx3s-85f",
            title="Radiona ULX3S with LFE5U-85F",
            target="ecp5-85k",
            oscillator_mhz=25.0,
            memory_bytes=32 << 20,
            memory_gb_s=0.332,
            memory_source="SDRAM IS42S16160G, 16 bits at 166 MHz",
            high="wifi_gpio0",  # low, it would give the USB bridge to the Wi-Fi module
            pins="""\
LOCATE COMP "oscillator" SITE "G2";
LOCATE COMP "rx" SITE "M1";
LOCATE COMP "tx" SITE "L4";
LOCATE COMP "busy" SITE "B2";
LOCATE COMP "fault" SITE "C2";
LOCATE COMP "wifi_gpio0" SITE "L2";
IOBUF PORT "oscillator" PULLMODE=NONE IO_TYPE=LVCMOS33;
IOBUF PORT "rx" PULLMODE=UP IO_TYPE=LVCMOS33;
IOBUF PORT "tx" PULLMODE=UP IO_TYPE=LVCMOS33 DRIVE=4;
IOBUF PORT "busy" PULLMODE=NONE IO_TYPE=LVCMOS33 DRIVE=4;
IOBUF PORT "fault" PULLMODE=NONE IO_TYPE=LVCMOS33 DRIVE=4;
IOBUF PORT "wifi_gpio0" PULLMODE=UP IO_TYPE=LVCMOS33 DRIVE=4;
FREQUENCY PORT "oscillator" 25 MHZ;
""",
        ),
        Board(
            name="icebreaker",
            title="1BitSquared iCEBreaker",
            target="ice40-up5k",
            oscillator_mhz=12.0,
            memory_bytes=16 << 20,
            memory_gb_s=0.052,
            memory_source="flash W25Q128JV, 4 bits at 104 MHz",
            lit=0,
            pins="""\
set_io oscillator 35
set_io rx 6
set_io tx 9
set_io busy 37
set_io fault 11
""",
        ),
        Board(
            name="tang-nano-9k",
            title="Sipeed Tang Nano 9K",
            target="gw1nr-9c",
            oscillator_mhz=27.0,
            memory_bytes=8 << 20,
            memory_gb_s=0.664,
            memory_source="PSRAM in the FPGA's package, 2 x 8 bits at 166 MHz, both edges",
            lit=0,
            pins="""\
IO_LOC "oscillator" 52;
IO_LOC "rx" 18;
IO_LOC "tx" 17;
IO_LOC "busy" 10;
IO_LOC "fault" 11;
IO_PORT "oscillator" IO_TYPE=LVCMOS33 PULL_MODE=NONE;
IO_PORT "rx" IO_TYPE=LVCMOS33 PULL_MODE=UP;
IO_PORT "tx" IO_TYPE=LVCMOS33 PULL_MODE=UP;
IO_PORT "busy" IO_TYPE=LVCMOS18 PULL_MODE=UP;
IO_PORT "fault" IO_TYPE=LVCMOS18 PULL_MODE=UP;
""",
        ),
    )
}


def find_board(name: str) -> Board:
    """Return the board of that name; raises InputError."""
    return BOARDS[require_choice("board", name, BOARDS)]
