"""The fold counter visits the loop nest of the specification."""

from rtl.config import ArrayConfig
from rtl.proofs.harness import Harness, implies
from rtl.proofs.nest import NestModel
from rtl.sequencer import FoldCounter


def state_fold_counter(config: ArrayConfig) -> Harness:
    """Claim the order of folds, and what is told ahead, for every command of sizes at least 1.

    Assumed: a start comes while no nest runs, an advance while one does, not in its first cycle.
    """
    harness = Harness()
    m = harness.module
    m.submodules.dut = dut = FoldCounter(config=config)
    start = harness.free("start")
    command = harness.free("command", 48)
    advance = harness.free("advance")
    nest = NestModel(harness, start=start, command=command, advance=advance, config=config)
    m.d.comb += [dut.start.eq(start), dut.command.eq(nest.command), dut.advance.eq(advance)]
    fold, following = nest.fold, nest.follow(nest.fold)
    known = fold.running & ~nest.begins
    harness.assume(implies(advance, known & ~start))
    nest.tie("dut")
    harness.claim(dut.running == fold.running)
    for owed, found in (
        (nest.count_tokens(fold) - 1, dut.block_end),
        (nest.count_tiles(fold) - 1, dut.strip_end),
        (nest.is_first(fold), dut.first_tile),
        (nest.is_last(fold), dut.last_tile),
        (~following.running, dut.last_fold),
    ):
        harness.claim(implies(known, found == owed))
    for owed, found in (
        (nest.count_tokens(following) - 1, dut.next_block_end),
        (nest.count_tiles(following) - 1, dut.next_strip_end),
        (nest.is_last(following), dut.next_last_tile),
        (~nest.follow(following).running, dut.next_last_fold),
    ):
        harness.claim(implies(known & following.running, found == owed))
    return harness
