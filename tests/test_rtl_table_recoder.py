"""rtl.table.recoder: every code of every kind, legal or not."""

from itertools import product

import pytest
from benches.clocked import plane_of, simulate

from rtl.config import ArrayConfig
from rtl.table.codes import list_codes
from rtl.table.recoder import Recoder


@pytest.mark.parametrize("group", [2, 3])
@pytest.mark.parametrize("packing", ["group", "two-bit"])
def test_every_code(packing: str, group: int) -> None:
    config = ArrayConfig(
        style="table", group=group, packing=packing, lanes=group, columns=8, weight_bus_bits=8
    )
    bits = group + 2 if packing == "group" else 2 * group
    inputs = list(product((0, 1), repeat=bits))
    dut = Recoder(config=config, groups=len(inputs))
    legal = {}
    for code in list_codes(group):
        if packing == "group":
            key = tuple(code.number >> bit & 1 for bit in range(bits))
        else:
            key = tuple(int(weight == sign) for sign in (1, -1) for weight in code.weights)
        legal[key] = code

    async def testbench(ctx) -> None:
        for bit, plane in enumerate(dut.codes):
            ctx.set(plane, plane_of([code[bit] for code in inputs]))
        for j, key in enumerate(inputs):
            address = sum((ctx.get(p) >> j & 1) << bit for bit, p in enumerate(dut.addresses))
            negative = ctx.get(dut.negative) >> j & 1
            assert ctx.get(dut.illegal) >> j & 1 == (key not in legal)
            if key in legal:
                assert (address, negative) == (legal[key].address, legal[key].negative)
            else:
                assert (address, negative) == (0, 0)  # of zero weights: it is in every table

    simulate(dut, testbench, clocked=False)
    assert len(legal) == 3**group
