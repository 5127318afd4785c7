"""The AXI core as Verilog, its ports named as tools that build systems expect them."""

from functools import cache

from amaranth.hdl import ClockDomain, ClockSignal, Module, ResetSignal, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from rtl.axi.core import AxiArray
from rtl.config import ArrayConfig
from rtl.verilog import convert, write_header

TOP = "ternary_array_axi"


class _Top(wiring.Component):
    """`AxiArray` with `aclk`, `aresetn` and one port a signal, `s_axis_weights_tdata` and so on."""

    aclk: Signal
    aresetn: Signal

    def __init__(self, *, config: ArrayConfig) -> None:
        self.core = AxiArray(config=config)
        flat = self.core.signature.flatten(self.core)
        self._pairs = [("_".join(map(str, path)), member, value) for path, member, value in flat]
        ports = {name: member for name, member, _ in self._pairs}
        super().__init__({"aclk": In(1), "aresetn": In(1), **ports})

    def elaborate(self, platform: object) -> Module:
        """Build the clock domain and the aliases."""
        m = Module()
        m.domains.sync = ClockDomain()
        m.d.comb += [ClockSignal().eq(self.aclk), ResetSignal().eq(~self.aresetn)]
        m.submodules.core = self.core
        for name, member, inner in self._pairs:
            outer = getattr(self, name)
            m.d.comb += inner.eq(outer) if member.flow == In else outer.eq(inner)
        return m


@cache
def emit_axi_verilog(config: ArrayConfig) -> str:
    """Return the Verilog of `AxiArray`, top module `ternary_array_axi`, clock and reset as AXI's.

    `aresetn` must be low at one rising edge of `aclk` before anything else.
    """
    text = convert(_Top(config=config), TOP)
    header = write_header(TOP, config, "hold aresetn low", ignores=True)
    return header + text + "/* verilator lint_restore */\n"
