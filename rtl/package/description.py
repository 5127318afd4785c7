"""What a user of the Verilog needs to know, as data: ports, parameters, streams, registers."""

import re
from dataclasses import asdict, dataclass
from typing import Any

from rtl.axi.registers import CONTROL_FLAGS, REGISTERS, STATUS_FLAGS, list_constants
from rtl.axi.verilog import TOP as AXI_TOP
from rtl.config import ArrayConfig
from rtl.fpga.board import BoardConfig
from rtl.fpga.protocol import FLAGS, IDENTITY_FIELDS, STATUS_FIELDS, Reply, Request
from rtl.fpga.slip import END, ESCAPE, ESCAPED_END, ESCAPED_ESCAPE, RESET_PAIR
from rtl.sequencer import COMMAND_LAYOUT
from rtl.verilog import TOP

SCHEMA = "hwsim.package/1"

#: What each port is, by the name of its member; handshakes are described once for all streams.
_MEANINGS = {
    "clk": "clock, rising edge",
    "rst": "synchronous reset; high at one rising edge before the first command",
    "command__payload": "shape of a matmul: see streams",
    "weights__payload": "part of a tile of weight codes: see streams",
    "activations__payload": "int8 of every lane, lane 0 in the low byte",
    "results__payload": "sums of all columns in bit planes: see streams",
    "busy": "a matmul runs",
    "error": "an illegal weight code was used since the last command",
    "cycles": "clock cycles of the present or last matmul",
}
_HANDSHAKES = {
    "valid": "the payload may be taken in this cycle",
    "ready": "the payload is taken if it is valid",
}

#: Values of an array that follow from its parameters.
_DERIVED = (
    *("code_lanes", "code_bits", "codes_per_beat", "codes_per_tile", "beats_per_tile"),
    *("max_reduction", "latency_cycles", "result_depth"),
)


@dataclass(frozen=True, kw_only=True)
class VerilogPort:
    """A port of the module.

    Attributes
    ----------
    direction : ``input`` or ``output``.
    width : in bits.
    meaning : in words.
    """

    name: str
    direction: str
    width: int
    meaning: str


def list_ports(verilog: str) -> list[VerilogPort]:
    """Return the ports of the first module of `emit_verilog`'s text, in alphabetical order."""
    return [
        VerilogPort(
            name=name,
            direction=direction,
            width=width,
            meaning=_MEANINGS.get(name) or _HANDSHAKES[name.split("__")[1]],
        )
        for name, direction, width in find_ports(verilog)
    ]


def find_ports(verilog: str) -> list[tuple[str, str, int]]:
    """Return name, direction and bits of the first module's ports, in alphabetical order."""
    top = verilog.split("endmodule")[0]
    ports = re.findall(r"^  (input|output) (?:\[(\d+):0\] )?(\w+);", top, re.MULTILINE)
    return sorted((name, direction, int(high or 0) + 1) for direction, high, name in ports)


def describe_package(
    config: ArrayConfig, verilog: str, *, board: BoardConfig | None = None, axi: bool = False
) -> dict[str, Any]:
    """Return everything about `verilog`, the array of `config`, and of what is around it.

    Parameters
    ----------
    board : the link on it is described too.
    axi : the registers of the AXI core are described too.
    """
    parameters = {name: value for name, value in asdict(config).items() if name != "clock_mhz"}
    description = {
        "schema": SCHEMA,
        "module": TOP,
        "ports": [asdict(port) for port in list_ports(verilog)],
        "parameters": parameters,
        "derived": {name: getattr(config, name) for name in _DERIVED},
        "streams": _describe_streams(config),
    }
    if axi:
        description["axi"] = describe_axi(config)
    if board is not None:
        description["link"] = describe_link(board)
    return description


def describe_axi(config: ArrayConfig) -> dict[str, Any]:
    """Return the registers of the AXI4-Lite port, with the bits and the constants they hold."""
    constants = list_constants(config)
    return {
        "module": AXI_TOP,
        "registers": [
            asdict(register) | {"constant": constants.get(register.name)} for register in REGISTERS
        ],
        "control": [asdict(flag) for flag in CONTROL_FLAGS],
        "status": [asdict(flag) for flag in STATUS_FLAGS],
    }


def describe_link(board: BoardConfig) -> dict[str, Any]:
    """Return the link's frames, with the registers that they carry, in bytes."""
    return {
        "module": "ternary_board",
        "clock_mhz": board.array.clock_mhz,
        "baud": board.baud,
        "window": board.window,
        "framing": {
            "end": END,
            "escape": ESCAPE,
            "escaped_end": ESCAPED_END,
            "escaped_escape": ESCAPED_ESCAPE,
            "reset_pair": list(RESET_PAIR),
        },
        "requests": {kind.name.lower(): kind.value for kind in Request},
        "replies": {kind.name.lower(): kind.value for kind in Reply},
        "flags": {name: 1 << bit for bit, name in enumerate(FLAGS)},
        "registers": {
            "status": _place_fields(STATUS_FIELDS),
            "identity": _place_fields(IDENTITY_FIELDS),
        },
    }


def _place_fields(sizes: dict[str, int]) -> list[dict[str, Any]]:
    fields, offset = [], 0
    for name, size in sizes.items():
        fields.append({"name": name, "offset": offset, "bytes": size})
        offset += size
    return fields


def _describe_streams(config: ArrayConfig) -> dict[str, Any]:
    fields, first = [], 0
    for name, field in COMMAND_LAYOUT:
        fields.append({"name": name, "low": first, "width": field.width})
        first += field.width
    return {
        "command": {"fields": fields},
        "weights": {
            "beats_per_tile": config.beats_per_tile,
            "planes": config.code_bits,
            "plane_bits": config.codes_per_beat,
            "order": "code u = i columns + c holds lanes code_lanes i and up of column c; it is in "
            "beat u / codes_per_beat at place j = u % codes_per_beat, its bit a in bit "
            "a codes_per_beat + j",
        },
        "activations": {"lanes": config.lanes, "lane_bits": 8},
        "results": {
            "planes": config.accumulator_width,
            "plane_bits": config.columns,
            "order": "bit i of column c's two's complement sum is bit i columns + c",
        },
    }
