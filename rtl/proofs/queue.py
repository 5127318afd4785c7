"""The result queue neither overflows nor underflows; what it offers stays until it is taken."""

from itertools import pairwise

from amaranth.hdl import Cat, Signal

from rtl.config import ArrayConfig
from rtl.proofs.harness import Harness, implies
from rtl.queue import ResultQueue


def state_queue(config: ArrayConfig) -> Harness:
    """Claim order, counts, and that a beat offered and not taken is offered again, unchanged.

    Assumed: a place is reserved only while one is free, and written only if reserved before.
    """
    harness = Harness()
    m = harness.module
    m.submodules.dut = dut = ResultQueue(config=config)
    depth = config.result_depth
    reserve = harness.free("reserve")
    write = harness.free("write")
    ready = harness.free("ready")
    sums = harness.free("sums", config.columns * config.accumulator_width)
    m.d.comb += [
        dut.reserve.eq(reserve),
        dut.write.eq(write),
        dut.results.ready.eq(ready),
        *(plane.eq(sums.word_select(b, config.columns)) for b, plane in enumerate(dut.sums)),
    ]
    owed = Signal(8)  # places reserved and not written
    beats = [Signal.like(sums, name=f"beat{i}", reset_less=True) for i in range(depth)]
    count = Signal(8)
    left = Signal(8)  # beats that stay at the end of the cycle
    leave = dut.results.valid & ready
    harness.assume(implies(reserve, dut.free))
    harness.assume(implies(write, owed != 0))
    m.d.comb += left.eq(count - leave)
    m.d.sync += [owed.eq(owed + reserve - write), count.eq(left + write)]
    with m.If(leave):
        m.d.sync += [here.eq(behind) for here, behind in pairwise(beats)]
    with m.If(write):
        for i, beat in enumerate(beats):
            with m.If(left == i):
                m.d.sync += beat.eq(sums)

    harness.claim(owed + count <= depth)
    harness.claim(dut.free == (owed + count != depth))
    harness.claim(dut.results.valid == (count != 0))
    harness.claim(implies(dut.results.valid, dut.results.payload == beats[0]))
    harness.claim(dut.drained == (leave & (owed + count == 1)))
    bits = depth.bit_length()
    harness.claim(harness.probe("dut.reserved", bits) == owed + count)
    harness.claim(harness.probe("dut.written", bits) == count)
    harness.claim(harness.probe("dut.offers") == (count != 0))
    harness.claim(harness.probe("dut.one_left") == (owed + count == depth - 1))
    _tie_memory(harness, config, beats, count)

    # The handshake itself, once more without the model.
    harness.claim_stays(dut.results.valid, ready, dut.results.payload)
    return harness


def _tie_memory(harness: Harness, config: ArrayConfig, beats: list[Signal], count: Signal) -> None:
    """Claim that the memory, from `head` on, holds the model's beats, and `tail` is behind them."""
    depth = config.result_depth
    bits = (depth - 1).bit_length()
    head, tail = harness.probe("dut.head", bits), harness.probe("dut.tail", bits)
    words = [
        Cat(
            harness.probe(f"dut.results_b{b}[{i}]", config.columns)
            for b in range(config.accumulator_width)
        )
        for i in range(depth)
    ]
    harness.claim((head < depth) & (tail < depth))
    for i, word in enumerate(words):
        for j, beat in enumerate(beats):
            there = (count > j) & (head == (i - j) % depth)
            harness.claim(implies(there, word == beat))
        for j in range(depth + 1):
            behind = (count == j) & (head == (i - j) % depth)
            harness.claim(implies(behind, tail == i))
