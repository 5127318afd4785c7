"""The fold counter visits the loop nest of the specification."""

from rtl.config import ArrayConfig
from rtl.proofs.harness import Harness, implies
from rtl.proofs.nest import NestModel
from rtl.sequencer import FoldCounter


def state_fold_counter(config: ArrayConfig) -> Harness:
    """Claim the order of folds, for every command whose sizes are at least 1.

    Assumed: a start comes while no nest runs, an advance while one does, not in its first cycle.
    """
    harness = Harness()
    m = harness.module
    m.submodules.dut = dut = FoldCounter(config=config)
    advance = harness.free("advance")
    m.d.comb += dut.advance.eq(advance)
    nest = NestModel(harness, config, dut, advance)
    harness.assume(implies(advance, nest.settled & ~nest.start))
    nest.tie("dut")
    fold, after = nest.fold, nest.follow(nest.fold)
    harness.claim(dut.running == fold.running)
    for found, owed in (
        (dut.first_tile, nest.is_first(fold)),
        (dut.last_tile, nest.is_last(fold)),
        (dut.last_fold, nest.is_final(fold)),
        (dut.block_end + 1, nest.count_tokens(fold)),
        (dut.strip_end + 1, nest.count_tiles(fold)),
    ):
        harness.claim(implies(nest.settled, found == owed))
    for told, owed in (
        (dut.next_last_tile, nest.is_last(after)),
        (dut.next_last_fold, nest.is_final(after)),
        (dut.next_block_end + 1, nest.count_tokens(after)),
    ):
        harness.claim(implies(nest.settled & after.running, told == owed))
    single = nest.settled & after.running & (nest.count_tokens(fold) == 1)
    harness.claim(implies(single, nest.count_tokens(after) == 1))
    return harness
