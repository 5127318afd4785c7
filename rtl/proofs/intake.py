"""The intake takes exactly the beats of the folds, and tells each one's place in them."""

from amaranth.hdl import Array, Cat, Mux, Signal, Value
from amaranth.utils import ceil_log2

from rtl.config import ArrayConfig
from rtl.intake import ActivationIntake
from rtl.proofs.folds import FoldWindow
from rtl.proofs.harness import Harness, implies


def state_intake(config: ArrayConfig) -> Harness:
    """Claim when beats are taken, and what is told of each until it is issued.

    Assumed: a start comes while nothing is pending, no beat is issued before the third cycle after
    the start; the folds of a strip have a block's tokens each.
    """
    harness = Harness()
    m = harness.module
    m.submodules.dut = dut = ActivationIntake(config=config)
    start, offered = harness.free("start"), harness.free("offered")
    payload = harness.free("payload", 8 * config.lanes)
    m.d.comb += [
        dut.start.eq(start),
        dut.next_issue.eq(harness.free("next_issue")),
        dut.activations.valid.eq(offered),
        dut.activations.payload.eq(payload),
    ]
    token = Signal(ceil_log2(config.token_depth))  # of the beat in the register or the next one
    ends_fold = Signal()
    waiting = Signal()  # a beat is in the register
    issue = waiting & harness.carry(dut.next_issue, "issues")
    advance = issue & ends_fold
    folds = FoldWindow(harness, start, advance)
    harness.claim(folds.follow("dut.folds") == 0)
    running, last, is_final = folds.exists(0), folds.completes(0), folds.is_final(0)
    first, end, next_end = _show_strips(harness, config, folds, start, advance)
    accept = offered & dut.activations.ready
    m.d.comb += ends_fold.eq(token == end)
    with m.If(issue | start):
        m.d.sync += token.eq(Mux(start | ends_fold, 0, token + 1))
    with m.If(accept | issue):
        m.d.sync += waiting.eq(accept)
    since = harness.count_since(start, 3)
    settled = since == 3
    harness.assume(implies(start, ~running))
    harness.assume(implies(issue, settled))
    harness.claim(implies(waiting, running))
    harness.claim(folds.settled == (since != 1))
    harness.claim(implies(since == 1, ~waiting))
    harness.claim(implies(~settled, running & (token == 0)))
    harness.claim(implies(running, token <= end))

    harness.claim(dut.valid == waiting)
    harness.claim(dut.issue == issue)
    harness.claim(harness.probe("dut.room") == (~waiting | issue))
    last_beat = ends_fold & is_final
    harness.claim(dut.activations.ready == Mux(waiting, issue & ~last_beat, running))
    harness.claim(dut.pending == running)
    final_beat = harness.probe("dut.final_beat")
    harness.claim(implies(settled & running, final_beat == last_beat))
    held = Signal.like(payload, name="held", reset_less=True)
    with m.If(accept):
        m.d.sync += held.eq(payload)
    strip_end = harness.probe("dut.folds.strip_end", len(dut.strip_end))
    for found, owed in (
        (dut.token, token),
        (dut.strip_end, strip_end),
        (dut.first, first),
        (dut.last, last),
        (dut.ends_fold, ends_fold),
        (Cat(dut.lanes), held),
    ):
        harness.claim(implies(waiting & settled, found == owed))
    next_last = Mux(advance, folds.completes(1), last)
    goes_on = accept | (waiting & ~issue)
    harness.claim(implies(folds.settled & goes_on, dut.next_last == next_last))
    next_ends_fold = Mux(ends_fold & issue, next_end == 0, token + issue == end)
    owed = goes_on & next_ends_fold
    harness.claim(implies(since != 1, dut.next_ends_fold == owed))
    harness.claim(implies(folds.settled & running, dut.last_fold == is_final))
    next_is_final = dut.next_last_fold == folds.is_final(1)
    harness.claim(implies(folds.settled & folds.exists(1), next_is_final))
    _claim_begun(harness, config, issue, token, running, (first, last, end))

    harness.claim(harness.probe("dut.begins", 2) == Cat(since == 1, since == 2))
    for name, owed in (("token", token), ("behind", end - token), ("ends_fold", ends_fold)):
        register = harness.probe(f"dut.{name}", 1 if name == "ends_fold" else len(token))
        harness.claim(implies(running & settled, register == owed))
    told = harness.probe("dut.next_behind", len(token))
    late = (token == 0) & (told == end)
    followed = running & settled & folds.exists(1)
    harness.claim(implies(followed, (told == next_end) | late))
    harness.claim(implies(settled, harness.probe("dut.next_single") == (told == 0)))
    return harness


def _show_strips(
    harness: Harness, config: ArrayConfig, folds: FoldWindow, start: Value, advance: Value
) -> tuple[Signal, Signal, Value]:
    """Return whether the fold begins a strip, and the last tokens of its block and the next fold's.

    Tokens are counted from 0. There may be any number of them, but as many in all folds of a strip,
    and after a fold of one only folds of one.
    """
    m = harness.module
    bits = ceil_log2(config.token_depth)
    first = Signal()
    end, next_end = Signal(bits, name="end"), Signal(bits, name="next_end")
    any_end, any_next = harness.free("any_end", bits), harness.free("any_next_end", bits)
    coming = Mux(start, any_end, next_end)
    with m.If(start | (advance & folds.completes(0))):
        m.d.sync += [end.eq(coming), next_end.eq(any_next)]
    with m.If(start | advance):
        m.d.sync += first.eq(start | folds.completes(0))
    harness.assume((any_end < config.token_depth) & (any_next < config.token_depth))
    harness.assume(implies(coming == 0, any_next == 0))
    harness.claim((end < config.token_depth) & (next_end < config.token_depth))
    harness.claim(implies(end == 0, next_end == 0))
    here, after = (folds.settled & folds.exists(place) for place in range(2))
    following = Mux(folds.completes(0), next_end, end)
    for when, name, owed in (
        (here, "first_tile", first),
        (here, "block_end", end),
        (after, "next_block_end", following),
    ):
        shown = harness.probe(f"dut.folds.{name}", len(owed))
        harness.assume(implies(when, shown == owed))
    return first, end, following


def _claim_begun(
    harness: Harness,
    config: ArrayConfig,
    issue: Value,
    token: Value,
    running: Value,
    fold: tuple[Value, Value, Value],
) -> None:
    """Claim what the accumulator assumes: sums are begun before they are added to, and completed.

    `fold` tells if it is its strip's first and last, and its last token.
    """
    first, last, end = fold
    begun = Array(Signal(name=f"begun{t}") for t in range(config.token_depth))
    with harness.module.If(issue):
        harness.module.d.sync += begun[token].eq(~last)
    harness.claim(implies(issue, begun[token] == ~first))
    for t in range(config.token_depth):
        to_come: Value = Mux(last, ~first & (t >= token), ~first | (t < token))
        harness.claim(begun[t] == (running & (t <= end) & to_come))
