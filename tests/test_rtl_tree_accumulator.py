"""rtl.tree.accumulator: partial sums of interleaved tokens, from memory and from the register."""

import random

import pytest
from benches.clocked import plane_of, simulate

from rtl.config import ArrayConfig
from rtl.tree.accumulator import Accumulator
from rtl.tree.compressor import plan_tree

COLUMNS, WIDTH = 3, 16

Beat = tuple[int, bool, bool]  # token, first, last


def draw_beats(draw: random.Random, depth: int, bubbles: float) -> list[Beat | None]:
    beats: list[Beat | None] = []
    begun = set()
    for _ in range(300):
        beats += [None] * (draw.random() < bubbles)
        token, last = draw.randrange(depth), draw.random() < 0.2
        beats.append((token, token not in begun, last))
        begun = begun - {token} if last else begun | {token}
    return beats


@pytest.mark.parametrize("depth", [1, 2, 5])
@pytest.mark.parametrize("bubbles", [0.0, 0.4])
def test_random_tokens(depth: int, bubbles: float) -> None:
    config = ArrayConfig(
        lanes=4, columns=COLUMNS, token_depth=depth, accumulator_width=WIDTH, weight_bus_bits=2
    )
    dut = Accumulator(config=config)
    places = [place for place, bits in enumerate(plan_tree(4).outputs) for _ in bits]
    draw = random.Random(depth)
    bias = draw.randrange(-256, 256)
    sums = [[0] * COLUMNS for _ in range(depth)]
    beats = draw_beats(draw, depth, bubbles)

    async def testbench(ctx) -> None:
        ctx.set(dut.bias, bias)
        for due, coming in zip([None, *beats], [*beats, None], strict=True):
            ctx.set(dut.next_valid, coming is not None)
            token, first, last = coming or (depth - 1, True, True)
            again = bool(due) and due[0] == token and not first
            ctx.set(dut.next_token, token)
            ctx.set(dut.next_again, again)
            ctx.set(dut.next_stored, not first and not again)
            ctx.set(dut.next_last, last)
            rows = [draw.getrandbits(COLUMNS) for _ in places]
            for row, plane in zip(dut.rows, rows, strict=True):
                ctx.set(row, plane)
            assert ctx.get(dut.complete) == (due is not None and due[2])
            if due:
                token, first, _ = due
                for c in range(COLUMNS):
                    added = sum((row >> c & 1) << at for row, at in zip(rows, places, strict=True))
                    sums[token][c] = ((128 * bias if first else sums[token][c]) + added) % 2**WIDTH
                assert [ctx.get(plane) for plane in dut.sums] == [
                    plane_of([total >> bit & 1 for total in sums[token]]) for bit in range(WIDTH)
                ]
            await ctx.tick()

    simulate(dut, testbench)
