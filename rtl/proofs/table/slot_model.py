"""Slots as a model: the beats whose tables are written, and the slot of the first of them."""

from amaranth.hdl import Mux, Signal, Value
from amaranth.utils import ceil_log2

from rtl.config import ArrayConfig
from rtl.proofs.harness import Harness
from rtl.table.codes import plan_steps


class Beat:
    """A beat of activations as it is told, and the set that its tables are in.

    Attributes
    ----------
    told : all that is told of it.
    strip_end, first, last, ends_fold : the parts of that.
    tiles : of its strip.
    bits : what is told, and the set.
    set : of its tables.
    """

    def __init__(self, config: ArrayConfig, name: str) -> None:
        self._depth = config.strip_depth
        count = ceil_log2(self._depth)
        self.bits = Signal(count + 4, name=f"{name}_beat", reset_less=True)
        self.told: Value = self.bits[:-1]
        self.strip_end: Value = self.bits[:count]
        self.tiles: Value = self.strip_end + 1
        self.first, self.last, self.ends_fold, self.set = self.bits[count:]

    def is_possible(self) -> Value:
        """Return whether its strip has 1 to D tiles."""
        return self.tiles <= self._depth


class SlotModel:
    """Rules 3 and 5 of the specification's section on time, in integers.

    Attributes
    ----------
    entries : E.
    waiting : the beat that is offered.
    write, taken : an entry of its tables is written, and is the last one.
    written : entries of its tables.
    fills : the set that they are in.
    count : beats whose tables are written and whose slots are not over.
    here, behind : these, in order.
    issued : tiles of the slot of `here`.
    age : cycles of that slot, without those waited.
    length : p, its cycles in all without those waited.
    allowed : a tile of the slot may be issued.
    issue, ends : one is issued; the slot ends.
    pending : of the beats written a tile is to be issued.
    """

    def __init__(
        self,
        harness: Harness,
        config: ArrayConfig,
        *,
        start: Value,
        valid: Value,
        active: Value,
        free: Value,
    ) -> None:
        m = harness.module
        depth = config.strip_depth
        self.entries = entries = len(plan_steps(config.group))
        self.waiting = waiting = Beat(config, "waiting")
        self.here = here = Beat(config, "here")
        self.behind = behind = Beat(config, "behind")
        self.count = count = Signal(2)
        self.written = written = Signal(range(entries))
        self.fills = fills = Signal()
        self.issued = issued = Signal(range(depth + 1))
        self.age = age = Signal(range(max(depth, entries) + 1))
        self.length = Mux(here.tiles > entries, here.tiles, entries)
        self.write = valid & (count != 2)
        self.taken = self.write & (written == entries - 1)
        some = count != 0
        whole = issued == here.tiles
        self.allowed = active & (free | ~here.last)
        self.issue = some & ~whole & self.allowed
        goes_on = self.issue | (some & active & whole)
        self.ends = goes_on & (age + 1 == self.length)
        self.pending = (count == 2) | (some & ~whole)
        m.d.comb += [
            waiting.told.eq(harness.free("told", len(waiting.told))),
            waiting.set.eq(fills),
        ]
        m.d.sync += [
            written.eq(Mux(self.taken, 0, written + self.write)),
            fills.eq(fills ^ self.taken),
            count.eq(Mux(start, 0, count + self.taken - self.ends)),
            issued.eq(Mux(start | self.ends, 0, issued + self.issue)),
            age.eq(Mux(start | self.ends, 0, age + goes_on)),
        ]
        with m.If(~some | self.ends):
            m.d.sync += here.bits.eq(Mux(count == 2, behind.bits, waiting.bits))
        with m.If(self.taken):
            m.d.sync += behind.bits.eq(waiting.bits)
