"""A frame of registers around an array, so that it is placed and routed alone, with four pins.

Every input comes from a shift register and every output ends in one, then in a tree of exclusive
ors: nothing can be removed, and no path of the array's own leaves the registers.
"""

from rtl.config import ArrayConfig
from rtl.fpga.design import Design
from rtl.verilog import TOP, emit_verilog, find_ports

HARNESS_TOP = "harness"

_HARNESS = """\
module {top} (input clk, input rst, input in, output reg out);
    reg [{inputs}-1:0] given;
    always @(posedge clk) given <= {{given, in}};
    reg reset;
    always @(posedge clk) reset <= rst;
    wire [{outputs}-1:0] made;
    reg [{outputs}-1:0] seen;
    reg [{groups}-1:0] some;
    always @(posedge clk) begin
        seen <= made;
        out <= ^some;
    end
    genvar i;
    generate
        for (i = 0; i < {groups}; i = i + 1)
            always @(posedge clk) some[i] <= ^(seen >> (16 * i) & 16'hffff);
    endgenerate
    {array} array (
        .clk(clk), .rst(reset){ports}
    );
endmodule
"""


def frame_array(config: ArrayConfig) -> Design:
    """Return the array of `config` with registers around it."""
    return frame(emit_verilog(config), TOP)


def frame(verilog: str, top: str) -> Design:
    """Return the module `top`, the first one of `verilog`, with registers around it."""
    ports, place = [], {"input": 0, "output": 0}
    for name, direction, width in find_ports(verilog):
        if name not in ("clk", "rst"):
            first = place[direction]
            place[direction] += width
            bus = {"input": "given", "output": "made"}[direction]
            ports.append(f".{name}({bus}[{first + width - 1}:{first}])")
    text = _HARNESS.format(
        top=HARNESS_TOP,
        array=top,
        inputs=place["input"],
        outputs=place["output"],
        groups=-(-place["output"] // 16),
        ports="".join(f",\n        {port}" for port in ports),
    )
    return Design(verilog=verilog + text, top=HARNESS_TOP)
