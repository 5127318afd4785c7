"""Slots: when a token's tables are written, and when its sums are looked up, tile by tile."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from rtl.config import ArrayConfig
from rtl.table.codes import plan_steps


class SlotCounter(wiring.Component):
    """Two sets of tables: a beat is written into one while the slot of the other lasts.

    A beat takes E cycles, then a slot of its own, of max(D_s, E) cycles and those in which a
    result finds no place.

    Parameters
    ----------
    config : D and g are used.

    Members
    -------
    start : In(1)
        A matmul begins; the slot of the last one may be unfinished, with nothing left to issue.
    valid : In(1)
        A beat of activations waits. Of it are:
    strip_end : In(range(D))
        Last tile of its strip, counted from 0.
    first, last, ends_fold : In(1)
        As in `ActivationIntake`.
    write : Out(1)
        An entry of its tables is written in this cycle.
    step : Out(range(E))
        Its number.
    write_set : Out(1)
        The set written.
    next_taken : Out(1)
        In the next cycle it is the last entry: the beat is not needed any longer.
    next_active : In(1)
        The fold of the next slot is active in the next cycle.
    next_free : In(1)
        The result queue has a place in the next cycle.
    issue : Out(1)
        A tile is looked up. Of it are:
    tile : Out(ceil_log2(D))
        Its number in the strip.
    read_set : Out(1)
        The set it is looked up in.
    starts, completes, ends : Out(1)
        Its sums are the first, or the last, of its strip's; it is the last issue of its fold.
    retire : Out(1)
        The last slot of its fold ends.
    pending : Out(1)
        Of the beats taken something is to be issued.
    """

    start: Signal
    valid: Signal
    strip_end: Signal
    first: Signal
    last: Signal
    ends_fold: Signal
    write: Signal
    step: Signal
    write_set: Signal
    next_taken: Signal
    next_active: Signal
    next_free: Signal
    issue: Signal
    tile: Signal
    read_set: Signal
    starts: Signal
    completes: Signal
    ends: Signal
    retire: Signal
    pending: Signal

    def __init__(self, *, config: ArrayConfig) -> None:
        self.config = config
        self.entries = len(plan_steps(config.group))
        super().__init__(
            {
                "start": In(1),
                "valid": In(1),
                "strip_end": In(range(config.strip_depth)),
                "first": In(1),
                "last": In(1),
                "ends_fold": In(1),
                "write": Out(1),
                "step": Out(range(self.entries)),
                "write_set": Out(1),
                "next_taken": Out(1),
                "next_active": In(1),
                "next_free": In(1),
                "issue": Out(1),
                "tile": Out(ceil_log2(config.strip_depth)),
                "read_set": Out(1),
                "starts": Out(1),
                "completes": Out(1),
                "ends": Out(1),
                "retire": Out(1),
                "pending": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the two places of written beats, the steps of writing, and the slot."""
        m = Module()
        ready = Signal()  # a beat is written, its slot is to come or under way
        ready_next = Signal()  # another one is written behind it
        arriving = {
            "left": self.strip_end,  # tiles behind the one that is to be issued
            "last_tile": self.strip_end == 0,  # there are none
            "first": self.first,
            "last": self.last,
            "ends_fold": self.ends_fold,
        }
        here, behind = (
            {
                name: Signal(
                    len(self.tile) if name == "left" else 1,
                    name=f"{name}_{when}",
                    reset_less=True,
                )
                for name in arriving
            }
            for when in ("here", "behind")
        )
        taken = Signal()
        m.d.comb += [
            self.write.eq(self.valid & ~ready_next),
            self.next_taken.eq(self.write & (self.step == self.entries - 2)),
        ]
        m.d.sync += taken.eq(self.next_taken)
        with m.If(self.write):
            m.d.sync += self.step.eq(self.step + 1)
        with m.If(taken):
            m.d.sync += [self.step.eq(0), self.write_set.eq(~self.write_set)]
            m.d.sync += [to.eq(arriving[name]) for name, to in behind.items()]

        unissued = Signal()  # tiles of the slot are to be issued
        allowed = Signal()  # to the slot's next tile
        ends = self._add_slot(m, ready, unissued, allowed, here)
        m.d.comb += self.pending.eq(ready_next | unissued)
        changes = ends | ~ready
        coming = {name: Mux(ready_next, behind[name], arriving[name]) for name in arriving}
        next_last = Mux(changes, coming["last"], here["last"])
        m.d.sync += allowed.eq(self.next_active & (self.next_free | ~next_last))
        with m.If(changes):
            m.d.sync += [to.eq(coming[name]) for name, to in here.items()]
            m.d.sync += [ready.eq(ready_next | taken), ready_next.eq(0)]
            m.d.sync += unissued.eq(ready_next | taken)
        with m.Elif(taken):
            m.d.sync += ready_next.eq(1)
        with m.If(ends):
            m.d.sync += self.read_set.eq(~self.read_set)
        with m.If(self.start):
            m.d.sync += [ready.eq(0), unissued.eq(0), self.read_set.eq(self.write_set)]
        return m

    def _add_slot(
        self,
        m: Module,
        ready: Signal,
        unissued: Signal,
        allowed: Signal,
        here: dict[str, Signal],
    ) -> Signal:
        """Add what happens in a slot; return whether it ends."""
        age = Signal(range(self.entries))  # cycles of the slot, without those waited
        mature = Signal()  # E - 1 of them are over
        goes_on = Signal()
        ends = Signal(name="slot_ends")
        m.d.comb += [
            self.issue.eq(unissued & allowed),
            goes_on.eq(self.issue | (ready & ~unissued)),
            ends.eq(mature & Mux(unissued, allowed & here["last_tile"], ready)),
            self.starts.eq(here["first"]),
            self.completes.eq(here["last"]),
            self.ends.eq(here["ends_fold"] & here["last_tile"]),
            self.retire.eq(ends & here["ends_fold"]),
        ]
        with m.If(goes_on & ~mature):
            m.d.sync += [age.eq(age + 1), mature.eq(age == self.entries - 2)]
        with m.If(self.issue):
            m.d.sync += [
                self.tile.eq(self.tile + 1),
                unissued.eq(~here["last_tile"]),
                here["left"].eq(here["left"] - 1),
                here["last_tile"].eq(here["left"] == 1),
            ]
        with m.If(ends | self.start):
            m.d.sync += [age.eq(0), mature.eq(0), self.tile.eq(0)]
        return ends
