"""rtl.sequencer: the loop nest over folds."""

import pytest
from benches.clocked import nest_of, simulate

from rtl.config import ArrayConfig
from rtl.sequencer import FoldCounter


@pytest.mark.parametrize(
    ("tokens", "column_tiles", "lane_tiles", "strip"),
    [
        *((1, 1, 1, 1), (3, 1, 1, 1), (4, 2, 1, 1), (7, 1, 3, 1), (6, 3, 2, 1), (65535, 1, 1, 1)),
        *((4, 5, 2, 2), (3, 4, 1, 4), (1, 1, 2, 7), (2, 65535, 1, 50000)),
    ],
)
def test_nest(tokens: int, column_tiles: int, lane_tiles: int, strip: int) -> None:
    depth = 3 if tokens < 100 else 60000
    if strip > 1:
        depth = 1
    style = {"style": "table", "group": 2, "strip_depth": strip} if strip > 1 else {}
    dut = FoldCounter(config=ArrayConfig(token_depth=depth, **style))
    expected = [
        (min(left, depth) - 1, min(tiles, strip) - 1, k == 0, k == lane_tiles - 1, False)
        for left in range(tokens, 0, -depth)
        for tiles in range(column_tiles, 0, -strip)
        for k in range(lane_tiles)
    ]
    expected[-1] = (*expected[-1][:-1], True)
    found = []

    async def testbench(ctx) -> None:
        for _ in range(2):  # it starts again after the end
            assert not ctx.get(dut.running)
            ctx.set(dut.nest, nest_of(dut.config, tokens, column_tiles, lane_tiles))
            ctx.set(dut.start, 1)
            await ctx.tick()
            ctx.set(dut.start, 0)
            await ctx.tick().repeat(2)
            found.clear()
            while ctx.get(dut.running):
                members = (
                    dut.block_end,
                    dut.strip_end,
                    dut.first_tile,
                    dut.last_tile,
                    dut.last_fold,
                )
                found.append(tuple(ctx.get(member) for member in members))
                following = tuple(
                    ctx.get(member)
                    for member in (
                        dut.next_block_end,
                        dut.next_strip_end,
                        dut.next_last_tile,
                        dut.next_last_fold,
                    )
                )
                if len(found) < len(expected):
                    block, strip_end, _, last_tile, last = expected[len(found)]
                    assert following == (block, strip_end, last_tile, last)
                ctx.set(dut.advance, 1)
                await ctx.tick()
                ctx.set(dut.advance, 0)
            assert found == expected

    simulate(dut, testbench)
