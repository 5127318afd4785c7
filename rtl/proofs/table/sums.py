"""Tables of sums: one addition a step gives every entry, and a look-up finds what was written."""

from amaranth.hdl import Cat, Const, Mux, Signal, Value

from rtl.adders import sum_bits
from rtl.config import ACTIVATION_BITS, ArrayConfig
from rtl.proofs.harness import Harness, implies
from rtl.proofs.table.entries import list_entries, multiply
from rtl.table.codes import plan_steps
from rtl.table.sums import SumTables


def state_walk(config: ArrayConfig) -> Harness:
    """Claim that each step's entry is the sum it owes, a cycle later, on its way to its place."""
    harness, dut = _drive_tables(config)
    group, steps = config.group, plan_steps(config.group)
    entry = harness.probe("dut.entry0", sum_bits(group)).as_signed()
    term = harness.probe("dut.term0", ACTIVATION_BITS)
    subtracts = harness.probe("dut.subtracts")
    writing, step, beat = _follow(harness, dut)
    for number, (_, weights) in enumerate(list_entries(group)):
        this = writing & (step == number)
        harness.claim(implies(this, entry == multiply(beat, weights)))
        if number + 1 < len(steps):
            after = steps[number + 1]
            lane = Mux(after.subtract, ~beat[after.lane], beat[after.lane])
            harness.claim(implies(this, (term == lane) & (subtracts == after.subtract)))
    return harness


def state_tables(config: ArrayConfig) -> Harness:
    """Claim that a look-up finds the entry that was written, of the right set.

    Assumed: what `state_walk` claims of the lowest bits of entries.
    """
    harness, dut = _drive_tables(config)
    place = harness.probe("dut.place", len(dut.addresses[0][0]) + 1)
    enable = harness.probe("dut.enable")
    writing, step, beat = _follow(harness, dut)
    write_set = harness.delay(dut.write_set)
    harness.claim(harness.probe("dut.read_set") == harness.delay(dut.next_set))
    harness.claim(implies(writing, enable))
    harness.claim(implies(writing, dut.write_set == (write_set ^ (dut.step == 0))))
    for number, (at, _) in enumerate(list_entries(config.group)):
        this = writing & (step == number)
        harness.claim(implies(this, place == Cat(Const(at, len(place) - 1), write_set)))
    empty = [_claim_set(harness, dut, s, writing & (write_set == s), step, beat) for s in range(2)]
    harness.claim(implies(enable & ~writing, empty[0] & empty[1]))
    return harness


def _follow(harness: Harness, dut: SumTables) -> tuple[Value, Value, list[Signal]]:
    """Return whether a step was done in the cycle before, which one, and the beat."""
    m = harness.module
    writing, step = harness.delay(dut.write & ~harness.reset), harness.delay(dut.step)
    beat = [
        Signal(ACTIVATION_BITS, name=f"beat{k}", reset_less=True) for k in range(len(dut.lanes))
    ]
    with m.If(dut.step == 0):
        m.d.sync += [to.eq(lane) for to, lane in zip(beat, dut.lanes, strict=True)]
    # The slots do it so: steps follow each other, and the beat stays meanwhile.
    harness.assume(implies(dut.step != 0, dut.write & (Cat(dut.lanes) == Cat(beat))))
    last = len(plan_steps(len(beat))) - 1
    harness.claim(implies(~writing, dut.step == 0))
    harness.claim(implies(writing, (step <= last) & (dut.step == Mux(step == last, 0, step + 1))))
    return writing, step, beat


def _drive_tables(config: ArrayConfig) -> tuple[Harness, SumTables]:
    harness = Harness()
    m = harness.module
    m.submodules.dut = dut = SumTables(config=config)
    step = Signal(range(len(plan_steps(config.group))))
    write_set = Signal()
    with m.If(dut.write):
        m.d.sync += step.eq(step + 1)
        with m.If(step == len(plan_steps(config.group)) - 1):
            m.d.sync += [step.eq(0), write_set.eq(~write_set)]
    m.d.comb += [
        dut.write.eq(harness.free("write")),
        dut.step.eq(step),
        dut.write_set.eq(write_set),
        dut.next_set.eq(harness.free("next_set")),
        dut.addresses[0][0].eq(harness.free("address", len(dut.addresses[0][0]))),
        *(lane.eq(harness.free(f"a{k}", ACTIVATION_BITS)) for k, lane in enumerate(dut.lanes)),
    ]
    return harness, dut


def _claim_set(
    harness: Harness, dut: SumTables, number: int, filling: Value, step: Value, beat: list[Signal]
) -> Value:
    """Claim what the RAM holds of a set, and what is found there; return if it holds nothing."""
    m = harness.module
    group = len(beat)
    entries = list_entries(group)
    address = dut.addresses[0][0]
    held = [Signal.like(lane, name=f"held{number}_{k}") for k, lane in enumerate(beat)]
    stored = Signal(range(len(entries) + 1), name=f"stored{number}")
    with m.If(filling):
        m.d.sync += [stored.eq(step + 1), *(to.eq(of) for to, of in zip(held, beat, strict=True))]
    again = filling & (step == 0)
    whole = (stored == len(entries)) & ~again
    harness.claim(implies(filling & ~again, (stored == step) & (Cat(held) == Cat(beat))))
    harness.claim(stored <= len(entries))
    harness.claim(implies((stored != 0) & (stored != len(entries)), filling & ~again))

    apart = group == 2  # the lowest bit is not in the RAM
    for k in range(group if apart else 0):
        lowest = harness.probe(f"dut.lowest0_{k}_set{number}")
        harness.claim(implies(filling, lowest == beat[k][0]))
        harness.claim(implies((stored != 0) & ~filling, lowest == held[k][0]))
        here = harness.probe(f"dut.lowest0_{k}")
        chosen = harness.delay(dut.next_set == number)
        harness.claim(implies(whole & chosen, here == held[k][0]))
    looked_up = harness.delay(whole & ~harness.reset & (harness.delay(dut.next_set) == number))
    entry = harness.probe("dut.entry0", sum_bits(group))
    found = dut.sums[0][0].as_unsigned()
    for count, (at, weights) in enumerate(entries):
        written = Signal(len(entry), name=f"written{number}_{count}", reset_less=True)
        this = filling & (step == count)
        with m.If(this):
            m.d.sync += written.eq(entry)
        if apart:
            parity = sum((lane[0] for lane, w in zip(beat, weights, strict=True) if w), Const(0))
            harness.assume(implies(this, entry[0] == parity[0]))
            kept = sum((lane[0] for lane, w in zip(held, weights, strict=True) if w), Const(0))
            harness.claim(implies(stored > count, written[0] == kept[0]))
        word = harness.probe(f"dut.table0_0[{at | number << len(address)}]", len(found) - apart)
        harness.claim(implies((stored > count) & ~again, word == written[apart:]))
        wanted = looked_up & harness.delay(address == at)
        harness.claim(implies(wanted, found == harness.delay(written)))
    return stored == 0
