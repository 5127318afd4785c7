"""rtl.loader: beats into planes, two banks, illegal codes."""

import random

import numpy as np
import pytest
from benches.array_model import Shape, weight_beats
from benches.clocked import plane_of, simulate

from rtl.config import ArrayConfig
from rtl.loader import WeightLoader

BUSES = (2, 7, 15, 29, 30)  # of 30 bits a tile


def make_config(bus: int) -> ArrayConfig:
    return ArrayConfig(lanes=5, columns=3, token_depth=4, weight_bus_bits=bus)


async def start(ctx, dut: WeightLoader, tiles: int) -> None:
    ctx.set(dut.command, {"tokens": 1, "column_tiles": tiles, "lane_tiles": 1})
    ctx.set(dut.start, 1)
    assert not ctx.get(dut.weights.ready)
    await ctx.tick()
    ctx.set(dut.start, 0)


@pytest.mark.parametrize("bus", BUSES)
@pytest.mark.parametrize(("offer", "retire"), [(1.0, 1.0), (0.6, 1.0), (1.0, 0.2)])
def test_tiles_in_order(bus: int, offer: float, retire: float) -> None:
    config = make_config(bus)
    dut = WeightLoader(config=config)
    draw = random.Random(0)
    w = np.random.default_rng(0).integers(-1, 2, (3 * 6, 5))
    beats = list(weight_beats(Shape.of(config), 1, w))
    found = []
    cycles = 0

    async def testbench(ctx) -> None:
        nonlocal cycles
        await start(ctx, dut, tiles=6)
        taken = 0
        while len(found) < 6:
            ctx.set(dut.weights.valid, taken < len(beats) and draw.random() < offer)
            ctx.set(dut.weights.payload, beats[min(taken, len(beats) - 1)])
            ctx.set(dut.retire, ctx.get(dut.active) and draw.random() < retire)
            if ctx.get(dut.retire):
                banks = (dut.positive, dut.negative)
                found.append([[ctx.get(plane) for plane in bank] for bank in banks])
                assert not ctx.get(dut.illegal)
            taken += ctx.get(dut.weights.valid) and ctx.get(dut.weights.ready)
            await ctx.tick()
            cycles += 1
        ctx.set(dut.retire, 0)
        ctx.set(dut.weights.valid, 1)
        await ctx.tick()
        assert not ctx.get(dut.weights.ready) and not ctx.get(dut.active)
        assert taken == len(beats)

    simulate(dut, testbench)
    for place, banks in enumerate(found):
        tile = w[3 * place : 3 * place + 3]
        assert banks == [[plane_of(lane == sign) for lane in tile.T] for sign in (1, -1)]
    if offer == retire == 1.0:  # fills in B cycles, swaps in one, is used in the next
        assert cycles == 6 * config.beats_per_tile + 2


@pytest.mark.parametrize("bus", BUSES)
@pytest.mark.parametrize("place", [0, 7, 14])
def test_illegal_code(bus: int, place: int) -> None:
    config = make_config(bus)
    dut = WeightLoader(config=config)
    w = np.zeros((3, 5), int)
    w[place // 5, place % 5] = 2
    beats = list(weight_beats(Shape.of(config), 1, w))

    async def testbench(ctx) -> None:
        await start(ctx, dut, tiles=1)
        ctx.set(dut.weights.valid, 1)
        for beat in beats:
            assert not ctx.get(dut.illegal)
            ctx.set(dut.weights.payload, beat)
            await ctx.tick()
        await ctx.tick()
        assert ctx.get(dut.active) and ctx.get(dut.illegal)
        ctx.set(dut.retire, 1)
        await ctx.tick()
        assert not ctx.get(dut.illegal), "the tile is not in use any more"

    simulate(dut, testbench)
