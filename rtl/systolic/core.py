"""The core of the style `systolic`: the textbook grid, with the streams of the other styles."""

from amaranth.hdl import Module

from rtl.accumulator import Accumulator
from rtl.held import HeldTileCore
from rtl.intake import ActivationIntake
from rtl.loader import WeightLoader
from rtl.systolic.grid import Grid


class SystolicCore(HeldTileCore):
    """A grid that holds its weights itself.

    A swap moves through it with the data, so the loader keeps the next tile until the last element
    has taken its weight.
    """

    def add_datapath(
        self, m: Module, loader: WeightLoader, intake: ActivationIntake
    ) -> Accumulator:
        """Add the grid and its accumulator."""
        m.submodules.grid = grid = Grid(config=self.config)
        m.submodules.accumulator = accumulator = Accumulator(config=self.config)
        m.d.comb += grid.swap.eq(loader.swap)
        for source, sink in (
            (intake.lanes, grid.lanes),
            (loader.tile_positive, grid.positive),
            (loader.tile_negative, grid.negative),
            (grid.products, accumulator.products),
        ):
            m.d.comb += [to.eq(of) for to, of in zip(sink, source, strict=True)]
        return accumulator
