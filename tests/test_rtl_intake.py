"""rtl.intake: one register, and the place of its beat in the loop nest."""

import random

import pytest
from benches.clocked import nest_of, simulate

from rtl.config import ArrayConfig
from rtl.intake import ActivationIntake

CONFIG = ArrayConfig(lanes=2, columns=1, token_depth=3, weight_bus_bits=4)
TOKENS, COLUMN_TILES, LANE_TILES = 7, 2, 2

#: (token, first, last, ends_fold) of every beat.
PLACES = [
    (m, k == 0, k == LANE_TILES - 1, m == size - 1)
    for size in (3, 3, 1)
    for _ in range(COLUMN_TILES)
    for k in range(LANE_TILES)
    for m in range(size)
]


async def start(ctx, dut: ActivationIntake) -> None:
    ctx.set(dut.nest, nest_of(CONFIG, TOKENS, COLUMN_TILES, LANE_TILES))
    ctx.set(dut.start, 1)
    assert not ctx.get(dut.activations.ready)
    await ctx.tick()
    ctx.set(dut.start, 0)


@pytest.mark.parametrize(("offer", "issue"), [(1.0, 1.0), (0.5, 1.0), (1.0, 0.5), (0.5, 0.5)])
def test_beats_and_their_places(offer: float, issue: float) -> None:
    dut = ActivationIntake(config=CONFIG)
    draw = random.Random(0)
    found = []
    cycles = 0

    async def testbench(ctx) -> None:
        nonlocal cycles
        await start(ctx, dut)
        taken = 0
        while ctx.get(dut.pending):
            ctx.set(dut.activations.valid, draw.random() < offer)
            ctx.set(dut.activations.payload, taken | 0xFF00)
            ctx.set(dut.next_issue, cycles > 0 and draw.random() < issue)
            owed = PLACES[len(found) + ctx.get(dut.issue) :][:1]
            accepts = ctx.get(dut.activations.valid) and ctx.get(dut.activations.ready)
            expected = accepts or (ctx.get(dut.valid) and not ctx.get(dut.issue))
            if cycles > 1:
                assert ctx.get(dut.next_ends_fold) == (expected and owed[0][3])
            if expected and cycles > 1:
                assert ctx.get(dut.next_last) == owed[0][2]
            if ctx.get(dut.issue):
                place = (dut.token, dut.first, dut.last, dut.ends_fold)
                found.append(tuple(ctx.get(member) for member in place))
                assert [ctx.get(lane) for lane in dut.lanes] == [len(found) - 1, 0xFF]
                folds_left = sum(ends for *_, ends in PLACES[len(found) - 1 :])
                assert ctx.get(dut.last_fold) == (folds_left == 1)
                assert ctx.get(dut.next_last_fold) == (folds_left == 2) or folds_left == 1
            taken += accepts
            await ctx.tick()
            cycles += 1
            assert ctx.get(dut.valid) == expected
        ctx.set(dut.activations.valid, 1)
        await ctx.tick()
        assert not ctx.get(dut.activations.ready)
        assert taken == len(PLACES)

    simulate(dut, testbench)
    assert found == PLACES
    if offer == issue == 1.0:
        assert cycles == len(PLACES) + 2
