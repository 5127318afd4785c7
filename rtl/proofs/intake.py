"""The intake takes exactly the beats of the loop nest, and tells each one's place in it."""

from amaranth.hdl import Array, Cat, Mux, Signal, Value

from rtl.config import ArrayConfig
from rtl.intake import ActivationIntake
from rtl.proofs.harness import Harness, implies
from rtl.proofs.nest import NestModel


def state_intake(config: ArrayConfig) -> Harness:
    """Claim when beats are taken, and what is told of each until it is issued.

    Assumed: a start comes while nothing is pending, a beat is issued only while valid, and not in
    the first two cycles of a matmul.
    """
    harness = Harness()
    m = harness.module
    m.submodules.dut = dut = ActivationIntake(config=config)
    start = harness.free("start")
    command = harness.free("command", 48)
    issue = harness.free("issue")
    offered = harness.free("offered")
    payload = harness.free("payload", 8 * config.lanes)
    token = Signal(17)  # of the beat that waits or is to come, within its block
    ends_fold = Signal()
    nest = NestModel(
        harness, start=start, command=command, advance=issue & ends_fold, config=config
    )
    m.d.comb += [
        dut.start.eq(start),
        dut.command.eq(nest.command),
        dut.issue.eq(issue),
        dut.activations.valid.eq(offered),
        dut.activations.payload.eq(payload),
    ]
    early = Signal(2)  # the first cycle of a matmul, the second
    m.d.sync += early.eq(Cat(start, early))
    waiting = Signal()
    accept = Signal()
    harness.assume(implies(issue, waiting & ~early.any()))

    fold, following = nest.fold, nest.follow(nest.fold)
    running = fold.running
    block = nest.count_tokens(fold)
    first, last = nest.is_first(fold), nest.is_last(fold)
    m.d.comb += [accept.eq(offered & dut.activations.ready), ends_fold.eq(token + 1 == block)]
    with m.If(issue):
        m.d.sync += token.eq(Mux(ends_fold, 0, token + 1))
    nest.tie("dut.folds")
    harness.claim(harness.probe("dut.begins", 2) == early)
    harness.claim(implies(early.any(), running & (token == 0)))
    harness.claim(Mux(running, token < block, token == 0))
    behind = harness.probe("dut.behind", len(dut.token))
    harness.claim(implies(running & ~early.any(), behind == block - token - 1))

    m.d.sync += waiting.eq(accept | (waiting & ~issue))
    harness.claim(dut.valid == waiting)
    harness.claim(implies(waiting, running & ~early[0]))
    harness.claim(dut.next_valid == (accept | (waiting & ~issue)))
    ends = ends_fold & ~following.running
    harness.claim(dut.activations.ready == Mux(waiting, issue & ~ends, running))
    harness.claim(dut.pending == running)
    for found, owed in (
        (dut.token, token),
        (dut.strip_end, nest.count_tiles(fold) - 1),
        (dut.first, first),
        (dut.last, last),
        (dut.ends_fold, ends_fold),
        (dut.last_fold, ~following.running),
    ):
        harness.claim(implies(running & ~early.any(), found == owed))
    ahead = following.running & ~early[0]
    goes_on = nest.is_last(following)
    next_last = Mux(issue & ends_fold, goes_on, last)
    harness.claim(implies(dut.next_valid & ~early[0], dut.next_last == next_last))
    harness.claim(implies(ahead, dut.next_last_fold == ~nest.follow(following).running))
    held = Signal.like(payload, reset_less=True)
    with m.If(accept):
        m.d.sync += held.eq(payload)
    harness.claim(implies(waiting, Cat(dut.lanes) == held))

    # What the accumulator assumes: sums are begun before they are added to, and completed once.
    begun = Array(Signal(name=f"begun{t}") for t in range(config.token_depth))
    with m.If(issue):
        m.d.sync += begun[token].eq(~last)
    harness.claim(implies(issue, begun[token] == ~first))
    for t in range(config.token_depth):
        to_come: Value = Mux(last, ~first & (t >= token), ~first | (t < token))
        harness.claim(begun[t] == (running & (t < block) & to_come))
    return harness
