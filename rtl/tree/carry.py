"""The core of the style `tree` on carry chains, which cost an FPGA less than compressors."""

from amaranth.hdl import Module, Mux, Signal

from rtl.accumulator import Accumulator
from rtl.adders import AdderTree
from rtl.config import ACTIVATION_BITS
from rtl.held import HeldTileCore, add_active_tile
from rtl.intake import ActivationIntake
from rtl.loader import WeightLoader


class CarryTreeCore(HeldTileCore):
    """A register of selected activations in every lane and column, and an adder tree behind them.

    The tree is that of the style `table` for groups of one lane: what a weight subtracts it
    subtracts, and only whether a weight is zero is decided before.
    """

    def add_datapath(
        self, m: Module, loader: WeightLoader, intake: ActivationIntake
    ) -> Accumulator:
        """Add the active tile, the selected activations, the trees and their accumulator."""
        m.submodules.adders = adders = AdderTree(config=self.config)
        m.submodules.accumulator = accumulator = Accumulator(config=self.config, subtracts=True)
        positive, negative = add_active_tile(m, loader)
        for k, activation in enumerate(intake.lanes):
            used = positive[k] | negative[k]
            for c in range(self.config.columns):
                selected = Signal(ACTIVATION_BITS, name=f"selected_k{k}_c{c}", reset_less=True)
                m.d.sync += selected.eq(Mux(used[c], activation, 0))  # by the register's reset
                m.d.comb += adders.terms[k][c].eq(selected)
            m.d.comb += adders.next_negative[k].eq(negative[k])
        m.d.comb += [to.eq(of) for to, of in zip(accumulator.products, adders.totals, strict=True)]
        m.d.comb += accumulator.negative.eq(adders.negative_totals)
        return accumulator
