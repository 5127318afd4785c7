"""The recoder: from the codes of the stream to places in the tables of sums."""

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import and_, or_

from amaranth.hdl import Const, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rtl.config import ArrayConfig
from rtl.table.codes import GroupCode, address_bits, list_codes


class Recoder(wiring.Component):
    """Where to look a group's weights up, for many groups at once. No latency.

    Parameters
    ----------
    config : g and the packing are used.
    groups : n, groups recoded at once.

    Members
    -------
    codes : In(n).array(bits)
        Bit planes of the codes of the packing `group`; for other packings the planes of the
        group's positive weights, lane by lane, then those of its negative ones.
    addresses : Out(n).array(address_bits(g))
        Bit planes of the places in the tables.
    negative : Out(n)
        The sum there is to be negated.
    illegal : Out(n)
        No weights have this code; it is looked up as zero.
    """

    codes: list[Signal]
    addresses: list[Signal]
    negative: Signal
    illegal: Signal

    def __init__(self, *, config: ArrayConfig, groups: int) -> None:
        self.config = config
        self.groups = groups
        bits = config.code_bits if config.packing == "group" else 2 * config.group
        super().__init__(
            {
                "codes": In(groups).array(bits),
                "addresses": Out(groups).array(address_bits(config.group)),
                "negative": Out(groups),
                "illegal": Out(groups),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build a plane for every code, and the outputs from these."""
        m = Module()
        found: dict[GroupCode, Signal] = {}
        for number, code in enumerate(list_codes(self.config.group)):
            found[code] = Signal(self.groups, name=f"is_code{number}")
            bits = zip(self.codes, self._bits_of(code), strict=True)
            m.d.comb += found[code].eq(reduce(and_, (p if bit else ~p for p, bit in bits)))
        for bit, plane in enumerate(self.addresses):
            m.d.comb += plane.eq(self._join(found, (c for c in found if c.address >> bit & 1)))
        m.d.comb += [
            self.negative.eq(self._join(found, (code for code in found if code.negative))),
            self.illegal.eq(~self._join(found, found)),
        ]
        return m

    def _bits_of(self, code: GroupCode) -> list[bool]:
        if self.config.packing == "group":
            return [bool(code.number >> bit & 1) for bit in range(self.config.code_bits)]
        return [weight == sign for sign in (1, -1) for weight in code.weights]

    def _join(self, found: Mapping[GroupCode, Value], codes: Iterable[GroupCode]) -> Value:
        return reduce(or_, (found[code] for code in codes), Const(0, self.groups))
