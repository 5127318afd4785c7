"""The core of the style `table`: tokens held as tables of sums, the tiles of a strip streamed."""

from itertools import chain

from amaranth.hdl import Module
from amaranth.lib.wiring import connect, flipped

from rtl.adders import AdderTree, place_ranks
from rtl.core import Core
from rtl.delay import delay
from rtl.intake import ActivationIntake
from rtl.table.accumulator import Accumulator
from rtl.table.slots import SlotCounter
from rtl.table.sums import SumTables
from rtl.table.weights import TileStore


class TableCore(Core):
    """L x C weights a cycle: the codes of a tile look a token's sums up, to the accumulator.

    A tile issued in cycle t is read from the store, looked up in cycle t + 1, and added to the
    partial sums in cycle t + r + 2. Never stops between.
    """

    def elaborate(self, platform: object) -> Module:
        """Connect the components; the slots decide what is issued."""
        m = Module()
        m.submodules.store = store = TileStore(config=self.config)
        m.submodules.intake = intake = ActivationIntake(config=self.config)
        m.submodules.slots = slots = SlotCounter(config=self.config)
        m.submodules.tables = tables = SumTables(config=self.config)
        m.submodules.adders = adders = AdderTree(config=self.config)
        m.submodules.accumulator = accumulator = Accumulator(config=self.config)
        connect(m, flipped(self.weights), store.weights)
        connect(m, flipped(self.activations), intake.activations)

        for counting in (store, intake):
            m.d.comb += [counting.start.eq(self.start), counting.nest.eq(self.nest)]
        m.d.comb += [slots.start.eq(self.start), slots.next_free.eq(self.next_free)]
        for name in ("valid", "strip_end", "first", "last", "ends_fold"):
            m.d.comb += getattr(slots, name).eq(getattr(intake, name))
        for name in ("write", "step", "write_set"):
            m.d.comb += getattr(tables, name).eq(getattr(slots, name))
        m.d.comb += [
            intake.next_issue.eq(slots.next_taken),
            slots.next_active.eq(store.next_active),
            store.retire.eq(slots.retire),
            store.read.eq(slots.issue),
            store.tile.eq(slots.tile),
            self.reserve.eq(slots.issue & slots.completes),
            self.complete.eq(accumulator.complete),
            self.pending.eq(intake.pending | slots.pending),
            self.illegal.eq(store.illegal),
        ]
        m.d.comb += tables.next_set.eq(slots.read_set)
        for source, sink in (
            (intake.lanes, tables.lanes),
            (chain(*store.addresses), chain(*tables.addresses)),
            (chain(*tables.sums), chain(*adders.terms)),
            (store.negative, adders.next_negative),
            (adders.totals, accumulator.totals),
            ([adders.negative_totals], [accumulator.negative_totals]),
            (accumulator.sums, self.sums),
        ):
            m.d.comb += [to.eq(of) for to, of in zip(sink, source, strict=True)]
        ranks, _ = place_ranks(self.config)
        for name, flag in {
            "valid": slots.issue,
            "first": slots.starts,
            "last": slots.completes,
            "ends": slots.ends,
        }.items():
            late = delay(m, flag, len(ranks) + 1, f"{name}_way", reset_less=name != "valid")
            m.d.comb += getattr(accumulator, f"next_{name}").eq(late)
        return m
