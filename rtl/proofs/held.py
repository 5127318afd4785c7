"""The control of the cores that hold a tile of weights: it keeps what their parts assume."""

from amaranth.hdl import Const, Signal

from rtl.adders import place_ranks
from rtl.config import ArrayConfig
from rtl.proofs.array import claim_final, claim_places, claim_told, drive_array
from rtl.proofs.folds import FoldWindow
from rtl.proofs.harness import Harness, implies
from rtl.proofs.systolic.wiring import claim_systolic
from rtl.proofs.tree.wiring import claim_carry, claim_tree
from rtl.proofs.wiring import Stage, claim_flags


def state_held_control(config: ArrayConfig) -> Harness:
    """Claim that tiles, beats, issues, places and results keep step, and what software is told.

    Assumed of the surroundings: every command's sizes are at least 1.
    """
    harness, dut = drive_array(config)

    def look(path: str, width: int = 1) -> Signal:
        return harness.probe(f"dut.{path}", width)

    start, issue = look("start"), look("core.intake.issue")
    full, active = look("core.loader.full"), look("core.loader.active")
    waits, ends_fold, last, pending = (
        look(f"core.intake.{name}") for name in ("valid", "ends_fold", "last", "pending")
    )
    retire = issue & ends_fold
    folds = FoldWindow(harness, start, retire)
    place = folds.follow("dut.core.intake.folds")
    harness.claim(place == 0)
    harness.claim(pending == folds.exists(0))
    for held, tiles in ((full | active, 1), (full & active, 2)):
        harness.claim(implies(held, folds.exists(tiles - 1)))
    if config.beats_per_tile > 1:
        beat = look("core.loader.beat", config.beats_per_tile)
        harness.claim((beat != 0) & ((beat & (beat - 1)) == 0))
        harness.claim(implies(full, beat == 1))
        more = look("core.loader.more")
        harness.claim(more == folds.exists(full + active))
        harness.claim(implies(beat != 1, more))
        harness.claim(implies(look("core.illegal"), full | (beat != 1)))
    harness.claim(implies(waits, pending))
    harness.claim(implies(issue, waits & active))
    allowed = look("core.intake.allowed")
    harness.claim(implies(allowed, active & (look("queue.free") | ~last)))
    harness.claim(look("core.loader.vacant") == (~active | retire))
    first, again = look("core.intake.first"), look("core.again")
    token = look("core.intake.token", (config.token_depth - 1).bit_length())
    same = harness.delay(issue) & (harness.delay(token) == token)
    harness.claim(implies(harness.age(1), again == (issue & ~first & same)))
    harness.claim(look("core.stored") == (issue & ~first & ~again))
    since = harness.count_since(start, 3)
    harness.claim(folds.settled == (since != 1))
    harness.claim(implies(since == 1, ~full & ~waits))
    claim_final(harness, since)
    harness.claim(implies(active, since == 3))  # and so does an issue

    stages = _claim_wiring(harness, config)
    in_flight = claim_places(harness, config, stages, issue & last, pending)
    harness.claim(implies(~dut.busy, ~(pending | waits | full | active | in_flight)))
    claim_told(harness, dut, start, pending)
    return harness


def _claim_wiring(harness: Harness, config: ArrayConfig) -> list[Stage]:
    """Claim that components give each other their data, and beats' flags as late as their data.

    Return the stages of the way to the queue, the youngest first.
    """
    flags = {
        "valid": ("core.intake.issue", 1),
        "token": ("core.intake.token", (config.token_depth - 1).bit_length()),
        "again": ("core.again", 1),
        "stored": ("core.stored", 1),
        "last": ("core.intake.last", 1),
    }
    ranked = config.adders == "carry" and place_ranks(config)[1]
    stages = claim_flags(harness, flags, config.latency_cycles - 1 - ranked)
    claim_parts = {
        ("tree", "compressor"): claim_tree,
        ("tree", "carry"): claim_carry,
        ("systolic", "compressor"): claim_systolic,
    }
    claim_parts[config.style, config.adders](harness, config)
    late: list[Stage] = []
    if ranked:
        late = [(harness.probe("dut.core.accumulator.complete_late"), Const(1))]
    now, last = (harness.probe(f"dut.core.accumulator.{name}") for name in ("now", "last_now"))
    for bit in range(config.accumulator_width):
        plane = harness.probe(f"dut.core.accumulator.sums__{bit}", config.columns)
        harness.claim(harness.probe(f"dut.queue.sums__{bit}", config.columns) == plane)
    complete = harness.probe("dut.core.accumulator.complete")
    harness.claim(harness.probe("dut.queue.write") == complete)
    return [*stages, (now, last), *late]
