"""The array as an AXI core: packets in, packets out, registers for software."""

from amaranth.hdl import Module, ResetInserter, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from rtl.array import TernaryArray
from rtl.axi.control import ControlRegisters
from rtl.axi.packets import PacketCounter
from rtl.axi.registers import ADDRESS_BITS
from rtl.axi.sender import PacketSender
from rtl.axi.signatures import AxiLite, AxiStream, LiteBus, PacketStream
from rtl.config import ACTIVATION_BITS, ArrayConfig
from rtl.sequencer import COMMAND_LAYOUT, NEST_LAYOUT, register_nest

_INPUTS = ("weights", "activations")


class AxiArray(wiring.Component):
    """`TernaryArray` between AXI streams; a matmul is a packet on each of them.

    A result is offered one cycle later than by the array. A packet that ends before its matmul's
    last beat, or not with it, holds its stream until a reset: no later beat is taken for another.
    What is offered stays until it is taken, also through a reset by software; a packet of results
    that a reset cuts off is closed by one more beat, whose data mean nothing.

    Parameters
    ----------
    config : the array's parameters.

    Members
    -------
    s_axi : In(AxiLite(ADDRESS_BITS))
        The registers.
    s_axis_weights, s_axis_activations : In(AxiStream)
        The array's streams, padded to whole bytes, TLAST with the last beat of a matmul.
    m_axis_results : Out(AxiStream)
        The array's results, likewise.
    """

    s_axi: LiteBus
    s_axis_weights: PacketStream
    s_axis_activations: PacketStream
    m_axis_results: PacketStream

    def __init__(self, *, config: ArrayConfig) -> None:
        self.config = config
        super().__init__(
            {
                "s_axi": In(AxiLite(ADDRESS_BITS)),
                "s_axis_weights": In(AxiStream(config.weight_bus_bits)),
                "s_axis_activations": In(AxiStream(ACTIVATION_BITS * config.lanes)),
                "m_axis_results": Out(AxiStream(config.columns * config.accumulator_width)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Connect the registers and the array; a counter on each stream knows the packets' ends."""
        m = Module()
        m.submodules.control = control = ControlRegisters(config=self.config)
        reset = ResetInserter(control.reset)
        array = TernaryArray(config=self.config)
        m.submodules.array = reset(array)
        connect(m, flipped(self.s_axi), control.bus)
        # Commands wait a cycle here, in which the counters begin.
        command = Signal(COMMAND_LAYOUT, reset_less=True)
        nest = data.View(NEST_LAYOUT, Signal(NEST_LAYOUT.size, name="nest", reset_less=True))
        commanded = Signal()
        taken = Signal()
        m.d.comb += [
            control.command.ready.eq(array.command.ready & ~commanded),
            taken.eq(control.command.valid & control.command.ready),
            array.command.valid.eq(commanded),
            array.command.payload.eq(command),
        ]
        m.d.sync += commanded.eq(taken & ~control.reset)
        with m.If(taken):
            m.d.sync += command.eq(control.command.payload)
            register_nest(m, nest, control.command.payload, self.config)
        counters = {
            name: PacketCounter(config=self.config, stream=name) for name in (*_INPUTS, "results")
        }
        for name, counter in counters.items():
            m.submodules[f"{name}_packet"] = reset(counter)
            m.d.comb += [
                counter.start.eq(taken),
                counter.nest.eq(nest),
            ]
        m.d.comb += [
            control.busy.eq(array.busy | commanded),
            control.illegal_code.eq(array.error),
            control.cycles.eq(array.cycles),
        ]
        for name in _INPUTS:
            outer, inner = getattr(self, f"s_axis_{name}"), getattr(array, name)
            length, counter = getattr(control, f"{name}_length"), counters[name]
            wrong = Signal(name=f"{name}_wrong")
            m.d.comb += [
                inner.payload.eq(outer.tdata),
                inner.valid.eq(outer.tvalid & ~wrong),
                outer.tready.eq((inner.ready & ~wrong) | (control.discard & ~array.busy)),
                counter.transfer.eq(inner.valid & inner.ready),
                length.eq(wrong),
            ]
            with m.If(control.reset):
                m.d.sync += wrong.eq(0)
            with m.Elif(counter.transfer & (outer.tlast != counter.last)):
                m.d.sync += wrong.eq(1)
        sender = PacketSender(payload_bits=self.config.columns * self.config.accumulator_width)
        m.submodules.sender = sender
        connect(m, array.results, sender.beats)
        connect(m, flipped(self.m_axis_results), sender.packets)
        m.d.comb += [
            counters["results"].transfer.eq(sender.beats.valid & sender.beats.ready),
            sender.last.eq(counters["results"].last),
            sender.cut.eq(control.reset),
        ]
        return m
