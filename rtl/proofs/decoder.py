"""The decoder inverts the packing: every legal code gives its weights, every other one is told."""

from collections.abc import Iterator

from amaranth.hdl import Cat, Const, Value

from rtl.config import ArrayConfig
from rtl.decoder import CodeDecoder
from rtl.proofs.harness import Harness, implies
from rtl.proofs.packings import Codes, list_legal_codes


def state_decoder(config: ArrayConfig) -> Harness:
    """Claim the weights of every code at every place of a beat."""
    harness = Harness()
    harness.module.submodules.dut = dut = CodeDecoder(config=config)
    payload = harness.free("payload", config.weight_bus_bits)
    harness.module.d.comb += dut.payload.eq(payload)
    codes = list_legal_codes(config)
    for place in range(config.codes_per_beat):
        code = read_code(payload, config, place)
        planes = Cat(plane[place] for bank in (dut.positive, dut.negative) for plane in bank)
        claim_weights(harness, Const(1), code, planes, codes)
        harness.claim(dut.illegal_codes[place] == is_illegal(code, codes))
    return harness


def read_code(beat: Value, config: ArrayConfig, place: int) -> Value:
    """Return the code at a place of a beat: a bit of every plane."""
    return Cat(beat[bit * config.codes_per_beat + place] for bit in range(config.code_bits))


def is_illegal(code: Value, codes: Codes) -> Value:
    """Return whether the packing has no such code."""
    return ~Cat(code == number for number in codes).any()


def is_any_illegal(beat: Value, config: ArrayConfig, number: Value) -> Value:
    """Return whether the beat of that `number` has an illegal code of its tile."""
    codes = list_legal_codes(config)
    illegal: Value = Const(0)
    for u in range(config.codes_per_tile):
        its_beat, place = divmod(u, config.codes_per_beat)
        illegal |= (number == its_beat) & is_illegal(read_code(beat, config, place), codes)
    return illegal


def decode_weights(beat: Value, config: ArrayConfig, number: int) -> Iterator[tuple[int, Value]]:
    """Yield k C + c and the weight of each lane k and column c in the beat of that `number`.

    A weight has two bits: it is +1, it is -1; both, if no such lanes have its code.
    """
    first = number * config.codes_per_beat
    for u in range(first, min(first + config.codes_per_beat, config.codes_per_tile)):
        row, column = divmod(u, config.columns)
        lanes = range(row * config.code_lanes, config.lanes)[: config.code_lanes]
        code = read_code(beat, config, u - first)
        codes = {n: w for n, w in list_legal_codes(config).items() if not any(w[len(lanes) :])}
        unknown = is_illegal(code, codes)
        for k, lane in enumerate(lanes):
            signs = (
                Cat(unknown, *(code == n for n, w in codes.items() if w[k] == sign)).any()
                for sign in (1, -1)
            )
            yield lane * config.columns + column, Cat(signs)


def claim_weights(
    harness: Harness, when: Value, code: Value, planes: Value, codes: Codes, lanes: int = 8
) -> None:
    """Claim that `planes` are, `when` the code is legal, the positive bits, then the negative.

    Of a code's lanes only the first `lanes` are there.
    """
    for number, weights in codes.items():
        signs = [w == sign for sign in (1, -1) for w in weights[:lanes]]
        owed = sum(1 << i for i, there in enumerate(signs) if there)
        harness.claim(implies(when & (code == number), planes == owed))
