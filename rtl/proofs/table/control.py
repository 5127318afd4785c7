"""The control of the style `table`: its parts keep step, and every promise that they assume."""

from amaranth.hdl import Const, Signal, Value
from amaranth.utils import ceil_log2

from rtl.config import ArrayConfig
from rtl.proofs.array import claim_final, claim_places, claim_told, drive_array
from rtl.proofs.folds import FoldWindow
from rtl.proofs.harness import Harness, implies
from rtl.proofs.table.wiring import claim_wiring
from rtl.table.codes import plan_steps


def state_table_control(config: ArrayConfig) -> Harness:
    """Claim that strips, beats, slots, places and results keep step, and what software is told.

    The store's fold is ahead of the one in use by the strips that it holds, the intake's by the
    beats that end folds and whose slots are not over. Assumed of the surroundings: every command's
    sizes are at least 1.
    """
    harness, dut = drive_array(config)

    def look(path: str, width: int = 1) -> Signal:
        return harness.probe(f"dut.{path}", width)

    start, issue, pending = look("start"), look("core.slots.issue"), look("core.slots.pending")
    full, active, retire = (look(f"core.store.{name}") for name in ("full", "active", "retire"))
    folds = FoldWindow(harness, start, retire)
    stored = folds.follow("dut.core.store.folds")
    completed = look("core.store.completed")  # in the cycle before; only now the counter goes on
    harness.claim(stored + completed == full + active)
    harness.claim(implies(completed, full))
    harness.claim(implies(full | active, folds.exists(0)))
    harness.claim(implies(full & active, folds.exists(1)))

    here, behind, waits = (
        _Beat(harness, there, flags)
        for there, flags in (
            ("slots.ready", "slots.{}_here"),
            ("slots.ready_next", "slots.{}_behind"),
            ("intake.valid", "intake.{}"),
        )
    )
    passed: Value = Const(0)  # folds that end with older beats
    for beat in (here, behind, waits):
        if beat is waits:
            harness.claim(folds.follow("dut.core.intake.folds") == passed)
        harness.claim(implies(beat.there, folds.exists(passed)))
        told = beat.last == folds.completes(passed)
        harness.claim(implies(beat.there & (folds.settled | (beat is not waits)), told))
        passed = passed + (beat.there & beat.ends_fold)
    entries = len(plan_steps(config.group))
    age = look("core.slots.age", ceil_log2(entries))
    unissued, allowed = look("core.slots.unissued"), look("core.slots.allowed")
    harness.claim(look("core.slots.mature") == (age == entries - 1))
    harness.claim(age < entries)
    harness.claim(implies(behind.there, here.there))
    harness.claim(implies(unissued, here.there))
    harness.claim(implies(here.there & ~unissued, age != 0))
    harness.claim(implies(allowed, active & (look("queue.free") | ~here.last)))
    harness.claim(implies(age != 0, here.there & active))  # a fold stays through its slots
    harness.claim(implies(issue, unissued & active))
    harness.claim(implies(retire, here.there & active & here.ends_fold))
    since = harness.count_since(start, 3)
    harness.claim(folds.settled == (since != 1))
    harness.claim(implies(since == 1, ~full & ~waits.there))
    claim_final(harness, since)
    step = look("core.slots.step", ceil_log2(entries))
    for taken in ("intake.issue", "intake.allowed", "slots.taken"):
        harness.claim(look(f"core.{taken}") == (step == entries - 1))
    harness.claim(step < entries)
    harness.claim(implies(step != 0, waits.there & ~behind.there & (since == 3)))
    harness.claim(pending == (behind.there | unissued))

    folds_left = look("core.intake.pending")
    harness.claim(implies(waits.there, folds_left))
    stages = claim_wiring(harness, config)
    in_flight = claim_places(harness, config, stages, issue & here.last, pending | folds_left)
    idle = ~(pending | folds_left | full | in_flight)
    harness.claim(implies(~dut.busy, idle))
    claim_told(harness, dut, start, pending | folds_left)
    return harness


class _Beat:
    """Whether there is a beat, if it gives results, and if it is the last of its fold."""

    def __init__(self, harness: Harness, there: str, flags: str) -> None:
        self.there = harness.probe(f"dut.core.{there}")
        self.last, self.ends_fold = (
            harness.probe(f"dut.core.{flags.format(name)}") for name in ("last", "ends_fold")
        )
