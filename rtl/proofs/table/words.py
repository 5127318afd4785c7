"""The words of a strip's sums: which token's and tile's they are, and that none comes too soon."""

from amaranth.hdl import Array, Mux, Signal, Value
from amaranth.utils import ceil_log2

from rtl.config import ArrayConfig
from rtl.proofs.harness import Harness, implies
from rtl.table.accumulator import Accumulator


def state_words_order(config: ArrayConfig) -> Harness:
    """Claim that token m and tile n have the word m D_s + n, and what `state_words` assumes.

    Assumed of what is issued, as the proofs of the intake and of the slots claim it: strip after
    strip its folds, each of the same M_b tokens and D_s tiles, in the order of the nest; and none
    of the tiles within two cycles again.
    """
    harness = Harness()
    m = harness.module
    m.submodules.dut = dut = Accumulator(config=config)
    depth, block = config.strip_depth, config.token_depth
    issue, last = harness.free("issue"), harness.free("last")
    tokens, tiles = (
        harness.free("tokens", range(block + 1)),
        harness.free("tiles", range(depth + 1)),
    )
    first = Signal(init=1)
    token, tile = Signal(range(block + 1)), Signal(range(depth + 1))  # of the next issue
    ends_slot = tile + 1 == tiles
    ends_fold = ends_slot & (token + 1 == tokens)
    begins_fold = (token == 0) & (tile == 0)
    with m.If(issue):
        m.d.sync += tile.eq(Mux(ends_slot, 0, tile + 1))
        m.d.sync += token.eq(Mux(ends_fold, 0, token + ends_slot))
    with m.If(issue & ends_fold):
        m.d.sync += first.eq(last)
    for name, flag in {"valid": issue, "first": first, "last": last, "ends": ends_fold}.items():
        m.d.comb += getattr(dut, f"next_{name}").eq(flag)
    harness.assume((tokens != 0) & (tokens <= block) & (tiles != 0) & (tiles <= depth))
    # Sizes change with a strip, `last` with a fold.
    for value, changes in ((tokens, first), (tiles, first), (last, 1)):
        harness.assume((begins_fold & changes) | (value == harness.delay(value)))

    word = harness.probe("dut.next_word", ceil_log2(block * depth))
    harness.claim((token < tokens) & (tile < tiles) | begins_fold)
    harness.claim(word == Mux(begins_fold, 0, token * tiles + tile))
    issued = issue
    for cycles in (1, 2):
        issued = harness.carry(issued, f"issued_{cycles}_ago")
        again = issue & issued & (tile == harness.delay(tile, cycles))
        harness.assume(~again)
        harness.claim(implies(issue & issued, word != harness.delay(word, cycles)))
    begun = Array(Signal(name=f"begun{i}") for i in range(block * depth))
    with m.If(issue):
        m.d.sync += begun[word].eq(~last)
    harness.claim(implies(issue, begun[word] == ~first))
    for i in range(block * depth):
        to_come: Value = Mux(last, ~first & (i >= word), ~first | (i < word))
        known = begins_fold & first
        harness.claim(begun[i] == Mux(known, 0, (i < tokens * tiles) & to_come))
    return harness
