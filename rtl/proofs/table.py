"""The style `table`: what is looked up for a group's code is the product of its weights.

By parts: a table holds every sum of its beat's activations; a code finds the sum of its weights,
and its sign; the trees add signed terms; the accumulator adds the totals to the word's sums.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from amaranth.hdl import Array, Cat, Const, Mux, Signal, Value, signed
from amaranth.utils import ceil_log2

from rtl.adders import AdderTree, place_ranks, sum_bits
from rtl.config import ACTIVATION_BITS, ArrayConfig
from rtl.proofs.harness import Harness, Proof, implies
from rtl.table.accumulator import Accumulator
from rtl.table.codes import list_codes, plan_steps
from rtl.table.recoder import Recoder
from rtl.table.sums import SumTables


def list_table_proofs() -> Iterator[Proof]:
    """Yield the proofs of the parts that only this style has."""
    for group in (2, 3):
        config = ArrayConfig(
            style="table",
            group=group,
            lanes=group,
            columns=1,
            weight_bus_bits=group + 2,
            packing="group",
        )
        yield Proof(
            name=f"group, {group} lanes",
            claim="a code finds the sum of its weights times any activations, or its negative",
            build=partial(state_group, config),
            styles=("table",),
        )
        yield Proof(
            name=f"weights of a group, {group} lanes",
            claim="weights find the sum of their products, negated if their code says so",
            build=partial(state_group, replace(config, packing="two-bit", weight_bus_bits=2)),
            styles=("table",),
        )
        yield Proof(
            name=f"walk, {group} lanes",
            claim="one addition a step gives every sum of a table",
            build=partial(state_walk, config),
            styles=("table",),
        )
        yield Proof(
            name=f"tables, {group} lanes",
            claim="a look-up finds what was written, in each of the two sets",
            build=partial(state_tables, config),
            styles=("table",),
        )
    for groups, ranks in ((1, 1), (2, 0), (3, 2)):
        config = ArrayConfig(
            style="table",
            group=2,
            lanes=2 * groups,
            columns=1,
            weight_bus_bits=2,
            tree_registers=ranks,
        )
        yield Proof(
            name=f"signed tree, {groups} groups, {ranks} ranks",
            claim="the total is the sum of the terms, each negated if its sign says so",
            build=partial(state_signed_tree, config),
            styles=("table",),
        )
    config = ArrayConfig(
        style="table",
        group=2,
        lanes=2,
        columns=2,
        token_depth=2,
        strip_depth=2,
        accumulator_width=10,
        weight_bus_bits=2,
    )
    yield Proof(
        name="words, 4 sums",
        claim="each total is added to its word's sum, or begins it",
        build=partial(state_words, config),
        styles=("table",),
    )


def state_group(config: ArrayConfig) -> Harness:
    """Claim of any code and any activations that the entry it finds gives the product of weights.

    An entry is here what `state_tables` claims of it. A code is legal if any weights have it.
    """
    harness = Harness()
    m = harness.module
    group = config.group
    m.submodules.dut = dut = Recoder(config=config, groups=1)
    lanes = [harness.free(f"a{k}", ACTIVATION_BITS) for k in range(group)]
    code = harness.free("code", len(dut.codes))
    m.d.comb += [plane.eq(bit) for plane, bit in zip(dut.codes, code, strict=True)]

    entry: Value = Const(0)
    for address, weights in _list_entries(group):
        entry = Mux(Cat(dut.addresses) == address, _multiply(lanes, weights), entry)
    found = Signal(signed(sum_bits(group) + 1))
    m.d.comb += found.eq(Mux(dut.negative, -entry, entry))
    known: Value = Const(0)
    for one in list_codes(group):
        # Written from the specification: v = sum of w_i 3^i.
        value = sum(weight * 3**k for k, weight in enumerate(one.weights))
        number = abs(value) | (value < 0) << (group + 1)
        if config.packing != "group":
            planes = [weight == sign for sign in (1, -1) for weight in one.weights]
            number = sum(bit << i for i, bit in enumerate(planes))
        known |= code == number
        harness.claim(implies(code == number, found == _multiply(lanes, one.weights)))
    harness.claim(dut.illegal == ~known)
    return harness


def state_walk(config: ArrayConfig) -> Harness:
    """Claim that each step's entry is the sum it owes, a cycle later, on its way to its place."""
    harness, dut = _drive_tables(config)
    group, steps = config.group, plan_steps(config.group)
    entry = harness.probe("dut.entry0", sum_bits(group)).as_signed()
    term = harness.probe("dut.term0", ACTIVATION_BITS)
    subtracts = harness.probe("dut.subtracts")
    writing, step, beat = _follow(harness, dut)
    for number, (_, weights) in enumerate(_list_entries(group)):
        this = writing & (step == number)
        harness.claim(implies(this, entry == _multiply(beat, weights)))
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
    for number, (at, _) in enumerate(_list_entries(config.group)):
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
    entries = _list_entries(group)
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


def state_signed_tree(config: ArrayConfig) -> Harness:
    """Claim the sum of any terms with any signs, r cycles later."""
    harness = Harness()
    m = harness.module
    m.submodules.dut = dut = AdderTree(config=config)
    latency = len(place_ranks(config)[0])
    width = len(dut.totals[0]) + 1
    signs = [harness.free(f"negative{i}", config.columns) for i in range(len(dut.terms))]
    m.d.comb += [to.eq(sign) for to, sign in zip(dut.next_negative, signs, strict=True)]
    for c in range(config.columns):
        owed: Value = Const(0, signed(width))
        for i, row in enumerate(dut.terms):
            term = harness.free(f"term{i}_c{c}", signed(len(row[c])))
            m.d.comb += row[c].eq(term)
            owed += Mux(harness.delay(signs[i][c]), -term, term)
        total = Signal(signed(width), name=f"total{c}")
        m.d.comb += total.eq(
            Mux(dut.negative_totals[c], -dut.totals[c].as_signed(), dut.totals[c].as_signed())
        )
        known = harness.age(latency + 1) == latency + 1
        late = harness.delay(owed[:width], latency)
        harness.claim(implies(known, total.as_unsigned() == late))
    return harness


def state_words(config: ArrayConfig) -> Harness:
    """Claim `acc[word] + total`, or `- total`, modulo 2**A of every word; a first one's acc is 0.

    Words count up from 0 in every fold. Assumed: none comes twice in a row, and after reset and
    after its last total a word's next one is a first one.
    """
    harness = Harness()
    m = harness.module
    m.submodules.dut = dut = Accumulator(config=config)
    words, width = config.token_depth * config.strip_depth, config.accumulator_width
    flags = {name: harness.free(f"next_{name}") for name in ("valid", "first", "last", "ends")}
    m.d.comb += [getattr(dut, f"next_{name}").eq(flag) for name, flag in flags.items()]
    signs = harness.free("negative", config.columns)
    totals = [harness.free(f"total{c}", total.shape()) for c, total in enumerate(dut.totals)]
    m.d.comb += dut.negative_totals.eq(signs)
    m.d.comb += [to.eq(total) for to, total in zip(dut.totals, totals, strict=True)]

    valid, first, last, ends = flags.values()
    word = Signal(ceil_log2(words), name="next_place")
    word_now = Signal.like(word, name="place", reset_less=True)
    now = Signal()
    first_now, last_now = (Signal(name=f"{n}_now", reset_less=True) for n in ("first", "last"))
    m.d.sync += [now.eq(valid), word_now.eq(word), first_now.eq(first), last_now.eq(last)]
    with m.If(valid):
        m.d.sync += word.eq(Mux(ends, 0, word + 1))
    begun = Array(Signal(name=f"begun{i}") for i in range(words))
    with m.If(valid):
        m.d.sync += begun[word].eq(~last)
    harness.assume(implies(valid & (word == words - 1), ends))
    harness.assume(implies(valid & ~first, begun[word]))
    harness.assume(implies(valid & now, word != word_now))
    harness.claim(word < words)
    harness.claim(harness.probe("dut.next_word", len(word)) == word)
    harness.claim(dut.complete == (now & last_now))
    for c, total in enumerate(totals):
        acc = Array(Signal(width, name=f"acc{i}_c{c}", reset_less=True) for i in range(words))
        before = Mux(first_now, 0, acc[word_now])
        owed = Signal(width, name=f"owed_c{c}")
        m.d.comb += owed.eq(before + Mux(signs[c], -total, total))
        with m.If(now):
            m.d.sync += acc[word_now].eq(owed)
        harness.claim(implies(now, Cat(plane[c] for plane in dut.sums) == owed))
        harness.claim(implies(now, harness.probe(f"dut.partial_c{c}", width) == before))
        for i in range(words):
            stored = harness.probe(f"dut.partial_sums_c{c}[{i}]", width)
            settled = begun[i] & ~(now & (word_now == i))
            harness.claim(implies(settled, stored == acc[i]))
    return harness


def _list_entries(group: int) -> list[tuple[int, tuple[int, ...]]]:
    """Return address and weights of each entry, in the order of the steps, from its steps alone."""
    weights = [0] * group
    entries = []
    for number, step in enumerate(plan_steps(group)):
        if number:
            weights[step.lane] += -1 if step.subtract else 1
        entries.append((step.address, tuple(weights)))
    return entries


def _multiply(lanes: list[Signal], weights: tuple[int, ...]) -> Value:
    """Return the sum of weights times lanes, exact."""
    products = (
        lane.as_signed() if weight == 1 else -lane.as_signed() if weight else Const(0)
        for lane, weight in zip(lanes, weights, strict=True)
    )
    return sum(products, Const(0, signed(2)))
