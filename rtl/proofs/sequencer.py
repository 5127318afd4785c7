"""The fold counter visits the loop nest of the specification."""

from rtl.config import ArrayConfig
from rtl.proofs.harness import Harness, implies
from rtl.proofs.nest import NestModel
from rtl.sequencer import FoldCounter


def state_fold_counter(config: ArrayConfig) -> Harness:
    """Claim the order of folds, for every command whose sizes are at least 1.

    Assumed: a start comes while no nest runs, an advance while one does.
    """
    harness = Harness()
    m = harness.module
    m.submodules.dut = dut = FoldCounter(config=config)
    start = harness.free("start")
    command = harness.free("command", 48)
    advance = harness.free("advance")
    m.d.comb += [dut.start.eq(start), dut.command.eq(command), dut.advance.eq(advance)]
    harness.assume(implies(advance, dut.running & ~start))
    nest = NestModel(harness, start=start, command=command, advance=advance, config=config)
    nest.tie("dut")
    running = nest.fold.running
    harness.claim(dut.running == running)
    harness.claim(implies(running, dut.tokens == nest.tokens - nest.fold.m0))
    harness.claim(implies(running, dut.tiles == nest.count_tiles(nest.fold)))
    harness.claim(implies(running, dut.first_tile == nest.is_first(nest.fold)))
    harness.claim(implies(running, dut.last_tile == nest.is_last(nest.fold)))
    ends = ~nest.follow(nest.fold).running
    harness.claim(implies(running, dut.last_fold == (dut.last_tile & ends)))
    return harness
