"""rtl.table.slots: when entries are written and tiles issued, against the rules of the page."""

import random
from dataclasses import dataclass

import pytest
from benches.clocked import simulate

from rtl.config import ArrayConfig
from rtl.table.slots import SlotCounter


@dataclass(eq=False)
class Beat:
    """A beat of activations as the intake shows it."""

    strip_end: int
    first: bool
    last: bool
    ends_fold: bool


class Rules:
    """Rules 3 and 5 of the specification's section on time, a cycle at a time."""

    def __init__(self, entries: int) -> None:
        self.entries = entries
        self.written = 0  # entries of the beat in the register
        self.sets: list[Beat] = []  # ready, in order; the first one's slot is to come or lasts
        self.age = self.issued = 0  # of that slot

    def cycle(self, beat: Beat | None, active: bool, free: bool) -> dict[str, int | None]:
        """Return what happens in a cycle."""
        write = beat is not None and len(self.sets) < 2
        step = self.written if write else None
        self.written += write
        taken = self.written == self.entries
        slot = self.sets[0] if self.sets and active else None
        issue = slot is not None and self.issued <= slot.strip_end and (free or not slot.last)
        tile = self.issued if issue else None
        waits = slot is not None and self.issued <= slot.strip_end and not issue
        retire = False
        pending = len(self.sets) == 2 or bool(self.sets and self.issued <= self.sets[0].strip_end)
        if slot is not None:
            self.issued += issue
            self.age += not waits
            if self.age >= max(slot.strip_end + 1, self.entries) and not waits:
                retire = slot.ends_fold
                self.sets.pop(0)
                self.age = self.issued = 0
        if taken:
            self.sets.append(beat)
            self.written = 0
        return {
            "step": step,
            "taken": taken,
            "tile": tile,
            "retire": retire,
            "pending": pending,
        }


@pytest.mark.parametrize("group", [2, 3])
@pytest.mark.parametrize("depth", [1, 4, 5, 9, 16])
@pytest.mark.parametrize("ready", [1.0, 0.6])
def test_random_beats(group: int, depth: int, ready: float) -> None:
    config = ArrayConfig(
        style="table", group=group, strip_depth=depth, lanes=3, columns=1, weight_bus_bits=2
    )
    dut = SlotCounter(config=config)
    draw = random.Random(depth)
    rules = Rules(dut.entries)
    issued = 0

    def draw_beat() -> Beat:
        strip_end, flags = draw.randrange(depth), [draw.random() < 0.5 for _ in range(3)]
        return Beat(strip_end, *flags)

    async def testbench(ctx) -> None:
        nonlocal issued
        beat = None
        slots: list[Beat] = []  # taken, in order
        active = free = taken = False
        for _ in range(600):
            if beat is None and draw.random() < ready:
                beat = draw_beat()
            ctx.set(dut.valid, beat is not None)
            for name in ("strip_end", "first", "last", "ends_fold"):
                ctx.set(getattr(dut, name), getattr(beat, name) if beat else 1)
            slot = rules.sets[0] if rules.sets else None
            owed = rules.cycle(beat, active, free)
            active, free = (draw.random() < ready for _ in range(2))
            active |= rules.age > 0  # a fold stays through a slot
            ctx.set(dut.next_active, active)
            ctx.set(dut.next_free, free)
            assert ctx.get(dut.write) == (owed["step"] is not None)
            if owed["step"] is not None:
                assert ctx.get(dut.step) == owed["step"]
                assert ctx.get(dut.write_set) == len(slots) % 2
            assert taken == owed["taken"]
            taken = ctx.get(dut.next_taken)
            assert ctx.get(dut.issue) == (owed["tile"] is not None)
            if owed["tile"] is not None:
                issued += 1
                flags = (dut.tile, dut.starts, dut.completes, dut.ends)
                ends = slot.ends_fold and owed["tile"] == slot.strip_end
                expected = (owed["tile"], slot.first, slot.last, ends)
                assert tuple(ctx.get(flag) for flag in flags) == expected
                assert ctx.get(dut.read_set) == slots.index(slot) % 2
            assert ctx.get(dut.retire) == owed["retire"]
            assert ctx.get(dut.pending) == owed["pending"]
            if owed["taken"]:
                slots.append(beat)
                beat = None
            await ctx.tick()

    simulate(dut, testbench)
    assert issued > 20


@pytest.mark.parametrize("depth", [1, 3])
def test_a_start_ends_the_last_slot(depth: int) -> None:
    config = ArrayConfig(
        style="table", group=3, strip_depth=depth, lanes=3, columns=1, weight_bus_bits=2
    )
    dut = SlotCounter(config=config)

    async def testbench(ctx) -> None:
        for matmul in range(3):  # with an odd number of beats each
            ctx.set(dut.start, 1)
            await ctx.tick()
            ctx.set(dut.start, 0)
            for name in ("valid", "first", "last", "ends_fold", "next_active", "next_free"):
                ctx.set(getattr(dut, name), 1)
            for step in range(dut.entries):
                assert (ctx.get(dut.write), ctx.get(dut.step)) == (1, step)
                assert ctx.get(dut.write_set) == matmul % 2
                assert not ctx.get(dut.issue)
                await ctx.tick()
            ctx.set(dut.valid, 0)
            assert ctx.get(dut.issue)
            assert ctx.get(dut.read_set) == matmul % 2
            assert ctx.get(dut.pending)
            await ctx.tick()
            assert not ctx.get(dut.pending)
            await ctx.tick()

    simulate(dut, testbench)
