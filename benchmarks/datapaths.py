"""The datapaths of the styles alone: what multiplies and adds, without what feeds or empties it."""

import warnings
from itertools import chain
from typing import cast

from amaranth.hdl import Module, Signal, UnusedElaboratable
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from rtl.adders import AdderTree
from rtl.config import ACTIVATION_BITS, ArrayConfig
from rtl.held import HeldTileCore
from rtl.intake import ActivationIntake
from rtl.loader import WeightLoader
from rtl.sequencer import NEST_LAYOUT
from rtl.systolic.core import SystolicCore
from rtl.table.accumulator import Accumulator
from rtl.table.codes import address_bits, plan_steps
from rtl.table.sums import SumTables
from rtl.tree.carry import CarryTreeCore
from rtl.tree.core import TreeCore


def make_datapath(config: ArrayConfig) -> wiring.Component:
    """Return the datapath of the array of `config`."""
    # Of a core only a part is built.
    warnings.filterwarnings("ignore", category=UnusedElaboratable)
    if config.style == "table":
        return _TableDatapath(config=config)
    if config.style == "systolic":
        return _HeldDatapath(SystolicCore(config=config))
    return _HeldDatapath((CarryTreeCore if config.adders == "carry" else TreeCore)(config=config))


class _HeldDatapath(wiring.Component):
    """The weights in use, the products and the partial sums of a core that holds a tile.

    Members are those of its loader, its intake and its accumulator, from outside.
    """

    nest: data.View
    sums: list[Signal]
    complete: Signal

    def __init__(self, core: HeldTileCore) -> None:
        config = core.config
        self._core = core
        super().__init__(
            {
                "lanes": In(ACTIVATION_BITS).array(config.lanes),
                "tile_positive": In(config.columns).array(config.lanes),
                "tile_negative": In(config.columns).array(config.lanes),
                "swap": In(1),
                "vacant": In(1),
                "nest": In(NEST_LAYOUT),
                "next_valid": In(1),
                "next_token": In(ceil_log2(config.token_depth)),
                "next_again": In(1),
                "next_stored": In(1),
                "next_last": In(1),
                "sums": Out(config.columns).array(config.accumulator_width),
                "complete": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build what the core adds between loader, intake and queue."""
        m = Module()
        loader, intake = cast(WeightLoader, self), cast(ActivationIntake, self)
        accumulator = self._core.add_datapath(m, loader, intake)
        m.d.comb += [to.eq(of) for to, of in zip(self.sums, accumulator.sums, strict=True)]
        m.d.comb += [self._core.nest.eq(self.nest), self.complete.eq(accumulator.complete)]
        for name in ("valid", "token", "again", "stored", "last"):
            flag = f"next_{name}"
            m.d.comb += getattr(accumulator, flag).eq(getattr(self, flag))
        return m


class _TableDatapath(wiring.Component):
    """The tables of sums, the adders behind them and the partial sums.

    Members are those of `SumTables`, and what else `AdderTree` and `Accumulator` are given.
    """

    addresses: list[list[Signal]]
    next_negative: list[Signal]
    lanes: list[Signal]
    sums: list[Signal]
    complete: Signal

    def __init__(self, *, config: ArrayConfig) -> None:
        self._config = config
        groups, columns = -(-config.lanes // config.group), config.columns
        super().__init__(
            {
                "lanes": In(ACTIVATION_BITS).array(config.lanes),
                "write": In(1),
                "step": In(range(len(plan_steps(config.group)))),
                "write_set": In(1),
                "next_set": In(1),
                "addresses": In(address_bits(config.group)).array(groups, columns),
                "next_negative": In(columns).array(groups),
                "next_valid": In(1),
                "next_first": In(1),
                "next_last": In(1),
                "next_ends": In(1),
                "sums": Out(columns).array(config.accumulator_width),
                "complete": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Connect the three as `TableCore` does."""
        m = Module()
        m.submodules.tables = tables = SumTables(config=self._config)
        m.submodules.adders = adders = AdderTree(config=self._config)
        m.submodules.accumulator = accumulator = Accumulator(config=self._config)
        for name in ("write", "step", "write_set", "next_set"):
            m.d.comb += getattr(tables, name).eq(getattr(self, name))
        for name in ("valid", "first", "last", "ends"):
            flag = f"next_{name}"
            m.d.comb += getattr(accumulator, flag).eq(getattr(self, flag))
        for source, sink in (
            (self.lanes, tables.lanes),
            (chain(*self.addresses), chain(*tables.addresses)),
            (chain(*tables.sums), chain(*adders.terms)),
            (self.next_negative, adders.next_negative),
            (adders.totals, accumulator.totals),
            ([adders.negative_totals], [accumulator.negative_totals]),
            (accumulator.sums, self.sums),
        ):
            m.d.comb += [to.eq(of) for to, of in zip(sink, source, strict=True)]
        m.d.comb += self.complete.eq(accumulator.complete)
        return m
