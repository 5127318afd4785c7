"""The ports of a package's modules: what the Verilog declares, and what each is in words."""

from typing import Any

from rtl.verilog import find_ports

#: By port; every other is a signal of a stream or of AXI4-Lite.
_MEANINGS = {
    "clk": "clock, rising edge",
    "rst": "synchronous reset; high at one rising edge before anything else",
    "command__payload": "shape of a matmul: see streams",
    "weights__payload": "part of a tile of weight codes: see streams",
    "activations__payload": "int8 of every lane, lane 0 in the low byte: see streams",
    "results__payload": "sums of all columns in bit planes: see streams",
    "busy": "a matmul runs",
    "error": "an illegal weight code was used since the last command",
    "cycles": "clock cycles of the present or last matmul",
    "aclk": "clock, rising edge",
    "aresetn": "synchronous reset; low at one rising edge before anything else",
    "s_axis_weights_tdata": "as weights__payload, padded to whole bytes",
    "s_axis_activations_tdata": "as activations__payload",
    "m_axis_results_tdata": "as results__payload, padded to whole bytes",
    "rx": "serial line from the host, high when idle",
    "tx": "serial line to the host, high when idle",
    "fault": "an illegal code, a malformed frame or an overrun of the window",
}
_VALID, _READY = "the payload may be taken in this cycle", "the payload is taken if it is valid"
_SIGNALS = {
    "valid": _VALID,
    "ready": _READY,
    "tvalid": _VALID,
    "tready": _READY,
    "tlast": "the beat is the last of its matmul",
    "awaddr": "byte address to write to",
    "awvalid": "the address to write to is given",
    "awready": "that address is taken",
    "wdata": "word to write",
    "wstrb": "bytes of the word that are written",
    "wvalid": "the word to write is given",
    "wready": "that word is taken",
    "bresp": "answer to a write: 0 done, 2 refused",
    "bvalid": "the answer to a write is given",
    "bready": "that answer is taken",
    "araddr": "byte address to read from",
    "arvalid": "the address to read from is given",
    "arready": "that address is taken",
    "rdata": "word that was read",
    "rresp": "answer to a read: 0 done, 2 refused",
    "rvalid": "the word that was read is given",
    "rready": "that word is taken",
}


def list_ports(verilog: str) -> list[dict[str, Any]]:
    """Return name, direction, width in bits and meaning of the ports of the first module.

    They are in alphabetical order. Raises KeyError for a port that no module of a package has.
    """
    return [
        {
            "name": name,
            "direction": direction,
            "width": width,
            "meaning": _MEANINGS.get(name) or _SIGNALS[name.rpartition("_")[2]],
        }
        for name, direction, width in find_ports(verilog)
    ]
