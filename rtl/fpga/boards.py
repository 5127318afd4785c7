"""Boards that can be bought: FPGA, oscillator, serial port, memory, pins.

# Ref: ULX3S v3.1.7 `ulx3s_v20.lpf` (github.com/emard/ulx3s); iCEBreaker v1.0e `icebreaker.pcf`
# (github.com/icebreaker-fpga/icebreaker); their SDRAM's and flash's data sheets.
"""

from dataclasses import dataclass

from rtl.fpga.board import BOARD_TOP, BoardConfig, emit_board
from rtl.fpga.clocks import make_clock
from rtl.fpga.devices import Device, find_device
from rtl.fpga.flow import Design
from workloads.errors import require_choice

TOP = "top"


@dataclass(frozen=True, kw_only=True)
class Board:
    """A board.

    Attributes
    ----------
    name : as `--board` takes it.
    title : as its maker calls it.
    target : name of its FPGA in `rtl.fpga.devices`.
    oscillator_mhz : what is on the board; a PLL makes other clocks of it.
    max_baud : bits a second that its USB bridge takes.
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
    max_baud: int
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
            max_baud=3_000_000,
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
            max_baud=12_000_000,
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
    )
}

_WRAPPER = """\
// {title}: clock, reset and pins around the array's link.
module {top} (
    input oscillator, input rx, output tx, output busy, output fault{high_port}
);
{clock}
    // Registers of an FPGA begin with 0, so the reset lasts 15 cycles of a steady clock.
    reg [3:0] age = 0;
    wire rst = ~&age;
    always @(posedge clk) age <= locked ? age + {{3'b0, rst}} : 4'b0;

    wire is_busy, is_fault;
    {board_top} board (
        .clk(clk), .rst(rst), .rx(rx), .tx(tx), .busy(is_busy), .fault(is_fault)
    );
    assign busy = {invert}is_busy;
    assign fault = {invert}is_fault;
{high}endmodule
"""


def find_board(name: str) -> Board:
    """Return the board of that name; raises InputError."""
    return BOARDS[require_choice("board", name, BOARDS)]


def design_board(board: Board, config: BoardConfig) -> Design:
    """Return everything that is built for `board`.

    Raises InputError for a clock that its PLL cannot make.
    """
    assert board.device.router is not None
    clock = make_clock(board.device.router.name, board.oscillator_mhz, config.array.clock_mhz)
    wrapper = _WRAPPER.format(
        title=board.title,
        top=TOP,
        board_top=BOARD_TOP,
        clock=clock.verilog,
        high_port=f", output {board.high}" if board.high else "",
        high=f"    assign {board.high} = 1'b1;\n" if board.high else "",
        invert="" if board.lit else "~",
    )
    return Design(verilog=emit_board(config) + wrapper, top=TOP, constraints=board.pins)
