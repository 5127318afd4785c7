"""The decoder inverts the packing: every legal code gives its weights, every other one is told."""

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
    known: Value = Const(0)
    for number in codes:
        known |= code == number
    return ~known


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
