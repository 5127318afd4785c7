"""rtl.accumulator: partial sums of interleaved tokens, from memory and from registers."""

import random

import pytest
from benches.clocked import plane_of, simulate
from test_rtl_tree_accumulator import draw_beats

from rtl.accumulator import Accumulator
from rtl.config import ArrayConfig

COLUMNS, WIDTH = 3, 14


@pytest.mark.parametrize("depth", [1, 2, 5])
@pytest.mark.parametrize("bubbles", [0.0, 0.4])
@pytest.mark.parametrize("subtracts", [False, True])
def test_random_tokens(depth: int, bubbles: float, subtracts: bool) -> None:
    config = ArrayConfig(
        style="systolic",
        lanes=4,
        columns=COLUMNS,
        token_depth=depth,
        accumulator_width=WIDTH,
        weight_bus_bits=2,
    )
    dut = Accumulator(config=config, subtracts=subtracts)
    draw = random.Random(depth)
    sums = [[0] * COLUMNS for _ in range(depth)]
    beats = draw_beats(draw, depth, bubbles)

    async def testbench(ctx) -> None:
        for due, coming in zip([None, *beats], [*beats, None], strict=True):
            ctx.set(dut.next_valid, coming is not None)
            token, first, last = coming or (depth - 1, True, True)
            again = bool(due) and due[0] == token and not first
            ctx.set(dut.next_token, token)
            ctx.set(dut.next_again, again)
            ctx.set(dut.next_stored, not first and not again)
            ctx.set(dut.next_last, last)
            products = [draw.randint(-512, 512) for _ in range(COLUMNS)]
            for member, product in zip(dut.products, products, strict=True):
                ctx.set(member, product)
            if subtracts:
                negative = [draw.random() < 0.5 for _ in range(COLUMNS)]
                ctx.set(dut.negative, plane_of(negative))
                products = [
                    -product if minus else product
                    for product, minus in zip(products, negative, strict=True)
                ]
            assert ctx.get(dut.complete) == (due is not None and due[2])
            if due:
                token, first, _ = due
                for c, product in enumerate(products):
                    before = 0 if first else sums[token][c]
                    sums[token][c] = (before + product) % 2**WIDTH
                assert [ctx.get(plane) for plane in dut.sums] == [
                    plane_of([total >> bit & 1 for total in sums[token]]) for bit in range(WIDTH)
                ]
            await ctx.tick()

    simulate(dut, testbench)
