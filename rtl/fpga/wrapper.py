"""What is built for a board: the array with its link, and around it clock, reset and pins."""

from rtl.fpga.board import BOARD_TOP, BoardConfig, emit_board
from rtl.fpga.boards import Board
from rtl.fpga.clocks import make_clock
from rtl.fpga.design import Design

TOP = "top"

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
