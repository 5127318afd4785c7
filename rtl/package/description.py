"""What a user of the Verilog needs to know, as data: ports, parameters, streams, registers."""

from dataclasses import asdict
from typing import Any

from rtl.axi.registers import CONTROL_FLAGS, REGISTERS, STATUS_FLAGS, list_constants
from rtl.axi.verilog import TOP as AXI_TOP
from rtl.axi.verilog import emit_axi_verilog
from rtl.config import ArrayConfig
from rtl.fpga.board import BOARD_TOP, BoardConfig, emit_board
from rtl.fpga.crc import POLYNOMIAL
from rtl.fpga.protocol import FLAGS, IDENTITY_FIELDS, STATUS_FIELDS, Reply, Request
from rtl.fpga.slip import END, ESCAPE, ESCAPED_END, ESCAPED_ESCAPE, RESET_PAIR
from rtl.package.ports import list_ports
from rtl.sequencer import COMMAND_LAYOUT
from rtl.verilog import TOP

SCHEMA = "hwsim.package/1"

#: Values of an array that follow from its parameters.
_DERIVED = (
    *("code_lanes", "code_bits", "codes_per_beat", "codes_per_tile", "beats_per_tile"),
    *("max_reduction", "latency_cycles", "result_depth"),
)


def describe_package(
    config: ArrayConfig, verilog: str, *, board: BoardConfig | None = None, axi: bool = False
) -> dict[str, Any]:
    """Return everything about `verilog`, the array of `config`, and of what is around it.

    Parameters
    ----------
    board : its core and the link on it are described too.
    axi : the AXI core is described too.
    """
    parameters = {name: value for name, value in asdict(config).items() if name != "clock_mhz"}
    description = {
        "schema": SCHEMA,
        "module": TOP,
        "ports": list_ports(verilog),
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
    """Return the AXI core's ports and registers, with the bits and the constants they hold."""
    constants = list_constants(config)
    return {
        "module": AXI_TOP,
        "ports": list_ports(emit_axi_verilog(config)),
        "registers": [
            asdict(register) | {"constant": constants.get(register.name)} for register in REGISTERS
        ],
        "control": [asdict(flag) for flag in CONTROL_FLAGS],
        "status": [asdict(flag) for flag in STATUS_FLAGS],
    }


def describe_link(board: BoardConfig) -> dict[str, Any]:
    """Return the ports of a board's core, its frames, and the registers in them, in bytes."""
    return {
        "module": BOARD_TOP,
        "ports": list_ports(emit_board(board)),
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
        "crc": {
            "name": "CRC-16/XMODEM",
            "polynomial": POLYNOMIAL,
            "initial": 0,
            "reflected": False,
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
