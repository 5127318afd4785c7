"""The intake takes exactly the beats of the loop nest, and tells each one's place in it."""

from amaranth.hdl import Array, Cat, Mux, Signal, Value

from rtl.config import ArrayConfig
from rtl.intake import ActivationIntake
from rtl.proofs.harness import Harness, implies
from rtl.proofs.nest import NestModel


def state_intake(config: ArrayConfig) -> Harness:
    """Claim when beats are taken, and what is told of each until it is issued.

    Assumed: a start comes while nothing is pending, a beat is issued only while valid.
    """
    harness = Harness()
    m = harness.module
    m.submodules.dut = dut = ActivationIntake(config=config)
    start = harness.free("start")
    command = harness.free("command", 48)
    issue = harness.free("issue")
    offered = harness.free("offered")
    payload = harness.free("payload", 8 * config.lanes)
    m.d.comb += [
        dut.start.eq(start),
        dut.command.eq(command),
        dut.issue.eq(issue),
        dut.activations.valid.eq(offered),
        dut.activations.payload.eq(payload),
    ]
    harness.assume(implies(issue, dut.valid))
    harness.assume(implies(start, ~dut.pending))

    token = Signal(17)  # of the next beat, within its block
    accept = Signal()
    ends_fold = Signal()
    nest = NestModel(
        harness,
        start=start,
        command=command,
        advance=accept & ends_fold,
        config=config,
    )
    running = nest.fold.running
    first, last = nest.is_first(nest.fold), nest.is_last(nest.fold)
    left = nest.tokens - nest.fold.m0
    block = Mux(left < config.token_depth, left, config.token_depth)
    m.d.comb += [accept.eq(offered & dut.activations.ready), ends_fold.eq(token + 1 == block)]
    with m.If(accept):
        m.d.sync += token.eq(Mux(ends_fold, 0, token + 1))
    nest.tie("dut.folds")
    harness.claim(harness.probe("dut.place", len(dut.token)) == token)
    harness.claim(Mux(running, token < block, token == 0))

    waiting = Signal()  # a beat is in the register
    with m.If(accept | issue):
        m.d.sync += waiting.eq(accept)
    harness.claim(dut.valid == waiting)
    harness.claim(dut.activations.ready == (running & (~waiting | issue)))
    harness.claim(dut.pending == (running | waiting))
    for found, owed in (
        (dut.token, token),
        (dut.tiles, nest.count_tiles(nest.fold)[: len(dut.tiles)]),
        (dut.first, first),
        (dut.last, last),
        (dut.ends_fold, ends_fold),
        (Cat(dut.lanes), payload),
    ):
        held = Signal(len(owed), name="held", reset_less=True)
        with m.If(accept):
            m.d.sync += held.eq(owed)
        harness.claim(implies(waiting, found == held))

    # What the accumulator assumes: sums are begun before they are added to, and completed once.
    begun = Array(Signal(name=f"begun{t}") for t in range(config.token_depth))
    with m.If(accept):
        m.d.sync += begun[token].eq(~last)
    harness.claim(implies(accept, begun[token] == ~first))
    for t in range(config.token_depth):
        to_come: Value = Mux(last, ~first & (t >= token), ~first | (t < token))
        harness.claim(begun[t] == (running & (t < block) & to_come))
    return harness
