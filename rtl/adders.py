"""The adder tree of every column: sums of groups, each with a sign, to one, with a sign."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Module, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rtl.config import ACTIVATION_BITS, ArrayConfig


class AdderTree(wiring.Component):
    """Sum of all groups in every column. A group's sum is subtracted where it is `negative`.

    Latency r cycles, one sum a cycle; never stops. An adder gives a + b or a - b, whichever its
    terms' signs ask for but for the sign of a, which stays with the result: so each adder has one
    operand to invert, which costs an FPGA's carry chain nothing, and -128 is no special case.

    Parameters
    ----------
    config : L, C, g and r are used.

    Members
    -------
    terms : In(signed(sum_bits(g))).array(G, C)
        Of every group and column.
    next_negative : In(C).array(G)
        Where the terms of the next cycle are subtracted.
    totals : Out(signed(sum_bits(L))).array(C)
        Their sums, or the negatives of these.
    negative_totals : Out(C)
        Where `totals` are the negatives.
    """

    terms: list[list[Signal]]
    next_negative: list[Signal]
    totals: list[Signal]
    negative_totals: Signal

    def __init__(self, *, config: ArrayConfig) -> None:
        self.config = config
        self._groups = -(-config.lanes // config.group)
        term, total = signed(sum_bits(config.group)), signed(total_bits(config))
        super().__init__(
            {
                "terms": In(term).array(self._groups, config.columns),
                "next_negative": In(config.columns).array(self._groups),
                "totals": Out(total).array(config.columns),
                "negative_totals": Out(config.columns),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the levels, and the register ranks between them."""
        m = Module()
        terms: list[Sequence[Value]] = list(self.terms)
        lanes = [self.config.group] * len(terms)
        # Of a pair's signs the second one is kept as whether it equals the first: what an adder
        # inverts by comes from a register, which is also the first bit that a carry passes.
        signs = self._register(m, self._compare(self.next_negative), "looked_up")
        ranks, _ = place_ranks(self.config)
        for level in range((self._groups - 1).bit_length() + 1):
            if level:
                pairs = range(0, len(terms) - 1, 2)
                lanes = [sum(lanes[i : i + 2]) for i in range(0, len(lanes), 2)]
                terms = [
                    self._add(
                        m,
                        terms[i],
                        terms[i + 1],
                        ~signs[i + 1],
                        sum_bits(lanes[i // 2]),
                        f"level{level}_{i // 2}",
                    )
                    for i in pairs
                ] + terms[len(terms) & ~1 :]
                signs = self._compare(signs[::2])
            for rank in range(ranks.count(level)):
                name = f"rank{level}_{rank}"
                terms = [self._register(m, term, f"{name}_{i}") for i, term in enumerate(terms)]
                signs = self._register(m, signs, f"{name}_sign")
        m.d.comb += [to.eq(of) for to, of in zip(self.totals, terms[0], strict=True)]
        m.d.comb += self.negative_totals.eq(signs[0])
        return m

    def _compare(self, signs: Sequence[Value]) -> list[Value]:
        return [~(sign ^ signs[i - 1]) if i % 2 else sign for i, sign in enumerate(signs)]

    def _add(
        self, m: Module, a: Sequence[Value], b: Sequence[Value], differ: Value, bits: int, name: str
    ) -> list[Value]:
        totals: list[Value] = []
        for c, (augend, addend) in enumerate(zip(a, b, strict=True)):
            total = Signal(signed(bits), name=f"{name}_c{c}")
            m.d.comb += total.eq(add_or_subtract(augend, addend, differ[c], bits))
            totals.append(total)
        return totals

    def _register(self, m: Module, values: Sequence[Value], name: str) -> list[Value]:
        registers: list[Value] = []
        for i, value in enumerate(values):
            register = Signal(value.shape(), name=f"{name}_{i}", reset_less=True)
            m.d.sync += register.eq(value)
            registers.append(register)
        return registers


def sum_bits(lanes: int) -> int:
    """Return the bits of a sum of `lanes` activations of which not all are subtracted.

    It is -128 lanes at least, and less than 128 lanes: 9 bits for two lanes, 10 for three.
    """
    return ((lanes << (ACTIVATION_BITS - 1)) - 1).bit_length() + 1


def total_bits(config: ArrayConfig) -> int:
    """Return the bits of a column's total: of whole groups, the last one's too."""
    return sum_bits(-(-config.lanes // config.group) * config.group)


def count_additions(groups: int) -> int:
    """Return the additions after each other: the tree's of that many groups, and the last sum's."""
    return (groups - 1).bit_length() + 1


def add_or_subtract(a: Value, b: Value, subtract: Value, width: int) -> Value:
    """Return a + b, or a - b, modulo 2**width, by one carry chain."""
    # The carry-in as a bit below the lowest. As a third operand Yosys would add it to either of the
    # others, and no longer see that one LUT a bit inverts and adds.
    augend, addend = (
        Cat(value, value[-1].replicate(width - len(value))) if len(value) < width else value
        for value in (a.as_unsigned(), b.as_unsigned())
    )
    inverted = addend ^ subtract.replicate(width)
    return (Cat(Const(1, 1), augend) + Cat(subtract, inverted))[1 : width + 1]


def place_ranks(config: ArrayConfig) -> tuple[list[int], bool]:
    """Return the levels of the tree that are registered, and whether the sums behind it are.

    The ranks are evenly spaced between the look-up and the addition to the partial sums. Level 0 is
    before the first adders; a level that comes twice is registered twice. With a rank for every
    addition the last one is behind the addition to the partial sums: in `table` before these are
    written, as its words do not come in two consecutive cycles, otherwise before the result queue.

    >>> place_ranks(ArrayConfig(style="table", group=2, lanes=16, tree_registers=4))
    ([1, 2, 3], True)
    >>> place_ranks(ArrayConfig(style="table", group=2, lanes=16, tree_registers=1))
    ([2], False)
    """
    additions = count_additions(-(-config.lanes // config.group))
    behind = config.tree_registers >= additions
    ranks = config.tree_registers - behind
    return [rank * additions // (ranks + 1) for rank in range(1, ranks + 1)], behind
