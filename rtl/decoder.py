"""The decoder at the weight bus: codes of a packing into ternary weights, in bit planes."""

from functools import reduce
from operator import and_

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rtl.config import ArrayConfig
from workloads.errors import require_choice

#: Packings that have a decoder here; codes of `group` are looked up as they are.
DECODED_PACKINGS = ("two-bit", "five-trit")


class CodeDecoder(wiring.Component):
    """Weights of a beat's q codes, each of b bits for h lanes. No latency.

    Five trits are taken off a byte by four long divisions by 3, whose cells share their gates among
    quotient and remainder: 138 gates a byte, where a table of 243 entries gives 282 (Yosys 0.70,
    `synth; abc -g AND,OR,XOR,ANDNOT,ORNOT`), and bitwise, so that a simulator decodes words.

    Parameters
    ----------
    config : W and the packing, one of `DECODED_PACKINGS`, are used.

    Members
    -------
    payload : In(W)
        A beat: bit j of its plane a is bit a of code j.
    positive, negative : Out(q).array(h)
        Weight planes: bit j of plane i is set where weight i of code j is +1, or -1.
    illegal_codes : Out(q)
        Code j stands for no weights; what the weight planes then say of it is open.

    Raises
    ------
    InputError : another packing.
    """

    payload: Signal
    positive: list[Signal]
    negative: list[Signal]
    illegal_codes: Signal

    def __init__(self, *, config: ArrayConfig) -> None:
        require_choice("packing", config.packing, DECODED_PACKINGS)
        self.config = config
        codes = config.codes_per_beat
        super().__init__(
            {
                "payload": In(config.weight_bus_bits),
                "positive": Out(codes).array(config.code_lanes),
                "negative": Out(codes).array(config.code_lanes),
                "illegal_codes": Out(codes),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the packing's decoder."""
        m = Module()
        codes = [
            Signal(self.config.codes_per_beat, name=f"code_b{bit}")
            for bit in range(self.config.code_bits)
        ]
        m.d.comb += [
            plane.eq(self.payload.word_select(bit, len(plane))) for bit, plane in enumerate(codes)
        ]
        if self.config.packing == "two-bit":
            self._decode_two_bits(m, *codes)
        else:
            self._decode_five_trits(m, codes)
        return m

    def _decode_two_bits(self, m: Module, low: Signal, high: Signal) -> None:
        m.d.comb += [
            self.positive[0].eq(high),
            self.negative[0].eq(~(high ^ low)),
            self.illegal_codes.eq(high & low),
        ]

    def _decode_five_trits(self, m: Module, codes: list[Signal]) -> None:
        # Trit by trit, the lowest first: v = 3 (v // 3) + t. A number is its bits, highest first.
        number = codes[::-1]
        limit = 3**5
        for i in range(4):
            number, one, two = _divide_by_three(m, number, f"trit{i}")
            limit //= 3
            number = number[-(limit - 1).bit_length() :]  # of a legal code, the others are 0
            m.d.comb += [self.positive[i].eq(two), self.negative[i].eq(~(one | two))]
        two, one = number
        m.d.comb += [self.positive[4].eq(two), self.negative[4].eq(~(one | two))]
        b0, b1, b2, b3, *high = codes
        m.d.comb += self.illegal_codes.eq(reduce(and_, high) & (b3 | b2 | (b1 & b0)))  # from 243


def _divide_by_three(
    m: Module, number: list[Signal], name: str
) -> tuple[list[Signal], Signal, Signal]:
    """Add a long division to `m`; return the quotient, and whether the remainder is 1, or 2."""

    def add(kind: str, place: int, value: Value) -> Signal:
        signal = Signal(len(value), name=f"{name}_{kind}{place}")
        m.d.comb += signal.eq(value)
        return signal

    high, low, *rest = number
    quotient = [add("quotient", 1, high & low)]
    one, two = add("one", 1, ~high & low), add("two", 1, high & ~low)
    for place, bit in enumerate(rest, start=2):
        # From remainder r to (2 r + bit) mod 3; the bit of the quotient tells if that wraps.
        quotient.append(add("quotient", place, two | (one & bit)))
        one, two = (
            add("one", place, (~(one | two) & bit) | (two & ~bit)),
            add("two", place, (one & ~bit) | (two & bit)),
        )
    return quotient, one, two
