# amaranth: UnusedElaboratable=no
"""rtl.decoder: every code of every packing, all at once."""

import pytest
from benches.array_model import Shape, decode, join_fields
from benches.clocked import simulate

from rtl.config import ArrayConfig
from rtl.decoder import CodeDecoder
from workloads.errors import InputError


@pytest.mark.parametrize(("packing", "legal"), [("two-bit", 3), ("five-trit", 243)])
def test_every_code(packing: str, legal: int) -> None:
    bits = 2 if packing == "two-bit" else 8
    config = ArrayConfig(packing=packing, weight_bus_bits=bits << bits)
    shape = Shape.of(config)
    dut = CodeDecoder(config=config)
    codes = range(1 << bits)
    found = {}

    async def testbench(ctx) -> None:
        planes = [sum((code >> bit & 1) << code for code in codes) for bit in range(bits)]
        ctx.set(dut.payload, join_fields(planes, len(codes)))
        positive, negative = (
            [ctx.get(plane) for plane in bank] for bank in (dut.positive, dut.negative)
        )
        illegal = ctx.get(dut.illegal_codes)
        for code in codes:
            if not illegal >> code & 1:
                signs = zip(positive, negative, strict=True)
                found[code] = [(p >> code & 1) - (n >> code & 1) for p, n in signs]
            elif packing == "two-bit":
                assert positive[0] >> code & negative[0] >> code & 1

    simulate(dut, testbench, clocked=False)
    assert found == {code: decode(shape, code) for code in codes if decode(shape, code)}
    assert len(found) == legal


def test_a_packing_that_is_looked_up() -> None:
    config = ArrayConfig(style="table", packing="group", group=2)
    with pytest.raises(InputError) as error:
        CodeDecoder(config=config)
    assert str(error.value) == "packing must be one of two-bit, five-trit, not 'group'"
