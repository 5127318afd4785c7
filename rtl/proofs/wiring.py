"""The way of a beat's flags, from issue to the accumulator."""

from collections.abc import Mapping

from amaranth.hdl import Value

from rtl.proofs.harness import Harness, implies

#: A beat on its way from issue to the accumulator: whether there is one, and if it gives a result.
Stage = tuple[Value, Value]


def claim_flags(harness: Harness, flags: Mapping[str, tuple[str, int]], cycles: int) -> list[Stage]:
    """Claim that flags come to the accumulator so many cycles later; return the stages of the way.

    `flags` gives, by the names that they have there, the signals that they are of, and their bits;
    among them are `valid` and `last`. The youngest stage is the first.
    """
    known = harness.age(1)
    ways: dict[str, list[Value]] = {}
    for name, (source, width) in flags.items():
        flag: Value = harness.probe(f"dut.{source}", width)
        way = harness.probe(f"dut.core.{name}_way", cycles * width) if cycles else flag
        ways[name] = []
        for cycle in range(cycles):
            register = way.word_select(cycle, width)
            harness.claim(implies(known, register == harness.delay(flag)))
            ways[name].append(register)
            flag = register
        harness.claim(harness.probe(f"dut.core.accumulator.next_{name}", width) == flag)
    return list(zip(ways["valid"], ways["last"], strict=True))
