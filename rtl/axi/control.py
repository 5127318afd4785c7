"""The registers' gateware: what software writes becomes commands, what happens becomes flags."""

from functools import reduce
from operator import or_

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from rtl.axi.lite import AxiLiteTarget
from rtl.axi.registers import (
    ADDRESS_BITS,
    CONTROL_FLAGS,
    REGISTERS,
    STATUS_FLAGS,
    list_constants,
    most_lane_tiles,
)
from rtl.axi.signatures import DATA_BITS, AxiLite, LiteBus
from rtl.config import ArrayConfig
from rtl.sequencer import COMMAND_LAYOUT

_SIZES = ("tokens", "column_tiles", "lane_tiles")


class ControlRegisters(wiring.Component):
    """The register map of `rtl/axi/registers.py`.

    A command or a reset is given in the cycle in which CONTROL is written; a write is answered in
    the next one, when STATUS knows of it.

    Parameters
    ----------
    config : what the parameter registers say.

    Members
    -------
    bus : In(AxiLite(ADDRESS_BITS))
        Software's side.
    command : Out(stream.Signature(COMMAND_LAYOUT))
        A start that is not refused; taken at once, for it is given only while not `busy`.
    reset : Out(1)
        Reset all but these registers.
    discard : Out(1)
        Drop the beats of the input streams.
    busy, illegal_code : In(1)
        Of the array.
    weights_length, activations_length : In(1)
        A packet was too short or too long.
    cycles : In(48)
        Of the array.
    """

    bus: LiteBus
    command: stream.Interface
    reset: Signal
    discard: Signal
    busy: Signal
    illegal_code: Signal
    weights_length: Signal
    activations_length: Signal
    cycles: Signal

    def __init__(self, *, config: ArrayConfig) -> None:
        self.config = config
        super().__init__(
            {
                "bus": In(AxiLite(ADDRESS_BITS)),
                "command": Out(stream.Signature(COMMAND_LAYOUT)),
                "reset": Out(1),
                "discard": Out(1),
                "busy": In(1),
                "illegal_code": In(1),
                "weights_length": In(1),
                "activations_length": In(1),
                "cycles": In(48),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the bus's end, the registers, the rule of starts, and what a read gives."""
        m = Module()
        m.submodules.target = target = AxiLiteTarget(address_bits=ADDRESS_BITS)
        connect(m, flipped(self.bus), target.bus)
        sizes = {name: Signal(16, name=name) for name in _SIZES}
        refused = Signal()
        start = Signal()
        kept = Signal(16)  # the high word of the cycles
        control = {flag.name: flag.bit for flag in CONTROL_FLAGS}

        for name, size in sizes.items():
            with m.If(self._writes(target, name.upper())):
                for byte in range(2):
                    with m.If(target.write_strobe[byte]):
                        part = slice(8 * byte, 8 * byte + 8)
                        m.d.sync += size[part].eq(target.write_data[part])
        commands = self._writes(target, "CONTROL") & target.write_strobe[0]
        m.d.comb += [
            self.reset.eq(commands & target.write_data[control["reset"]]),
            start.eq(commands & target.write_data[control["start"]] & ~self.reset),
            self.command.valid.eq(start & self._may_start(sizes)),
            *(self.command.payload[name].eq(size) for name, size in sizes.items()),
        ]
        with m.If(commands):
            m.d.sync += self.discard.eq(target.write_data[control["discard"]])
        with m.If(start | self.reset):
            m.d.sync += refused.eq(start & ~self.command.valid)

        flags = {
            "busy": self.busy,
            "illegal_code": self.illegal_code,
            "weights_length": self.weights_length,
            "activations_length": self.activations_length,
            "start_refused": refused,
        }
        words: dict[str, Value | int] = {
            **list_constants(self.config),
            "CONTROL": self.discard << control["discard"],
            "STATUS": Cat(flags[flag.name] for flag in STATUS_FLAGS),
            **{name.upper(): size for name, size in sizes.items()},
            "CYCLES_LOW": self.cycles[:DATA_BITS],
            "CYCLES_HIGH": kept,
        }
        readable = {register: target.read_address == register.offset // 4 for register in REGISTERS}
        data: Value = Const(0, DATA_BITS)
        for register, selected in readable.items():
            data |= Mux(selected, words[register.name], 0)
        writable = (self._writes(target, r.name) for r in REGISTERS if r.writable)
        m.d.comb += [
            target.read_data.eq(data),
            target.read_fails.eq(~reduce(or_, readable.values())),
            target.write_fails.eq(~reduce(or_, writable)),
        ]
        with m.If(target.read & (target.read_address == _find("CYCLES_LOW"))):
            m.d.sync += kept.eq(self.cycles[DATA_BITS:])
        return m

    def _writes(self, target: AxiLiteTarget, name: str) -> Value:
        return target.write & (target.write_address == _find(name))

    def _may_start(self, sizes: dict[str, Signal]) -> Value:
        sound = sizes["lane_tiles"] <= most_lane_tiles(self.config)
        for size in sizes.values():
            sound &= size != 0
        held = self.busy | self.weights_length | self.activations_length | self.discard
        return sound & ~held


def _find(name: str) -> int:
    """Return a register's word address."""
    return next(register.offset // 4 for register in REGISTERS if register.name == name)
