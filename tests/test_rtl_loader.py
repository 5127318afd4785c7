"""rtl.loader: beats into planes, two banks, illegal codes."""

import random

import numpy as np
import pytest
from benches.array_model import Shape, weight_beats
from benches.clocked import plane_of, simulate

from rtl.config import ArrayConfig
from rtl.loader import WeightLoader

#: Of a tile's 30 bits in two-bit codes; of its 48 in five-trit codes, with 3 lanes to spare.
CONFIGS = [
    ArrayConfig(lanes=5, columns=3, token_depth=4, weight_bus_bits=bus) for bus in (2, 7, 30)
] + [
    ArrayConfig(lanes=7, columns=3, token_depth=4, weight_bus_bits=bus, packing="five-trit")
    for bus in (8, 33, 48)
]


@pytest.fixture(params=CONFIGS, ids=lambda c: f"{c.packing} {c.weight_bus_bits}")
def config(request: pytest.FixtureRequest) -> ArrayConfig:
    return request.param


def show_place(ctx, dut: WeightLoader, folds_left: int) -> None:
    """Tell how many folds are left, that of the active tile included."""
    ctx.set(dut.pending, folds_left > 0)
    ctx.set(dut.last_fold, folds_left == 1)
    ctx.set(dut.next_last_fold, folds_left == 2)


async def begin(ctx, dut: WeightLoader, folds: int) -> None:
    """Start a matmul, and go to the cycle in which it tells how many folds it has."""
    ctx.set(dut.start, 1)
    await ctx.tick()
    ctx.set(dut.start, 0)
    show_place(ctx, dut, folds)


@pytest.mark.parametrize(("offer", "retire"), [(1.0, 1.0), (0.6, 1.0), (1.0, 0.2)])
def test_tiles_in_order(config: ArrayConfig, offer: float, retire: float) -> None:
    dut = WeightLoader(config=config)
    draw = random.Random(0)
    w = np.random.default_rng(0).integers(-1, 2, (3 * 6, config.lanes))
    beats = list(weight_beats(Shape.of(config), 1, w))
    found = []
    cycles = 0

    async def testbench(ctx) -> None:
        nonlocal cycles
        taken = retired = 0
        retires = False  # the active tile, if there is one
        assert not ctx.get(dut.weights.ready)
        await begin(ctx, dut, 6)
        while len(found) < 6:
            ctx.set(dut.weights.valid, taken < len(beats) and draw.random() < offer)
            ctx.set(dut.weights.payload, beats[min(taken, len(beats) - 1)])
            retired += retires and ctx.get(dut.active)
            if ctx.get(dut.swap):
                assert retires or not ctx.get(dut.active)
                banks = (dut.tile_positive, dut.tile_negative)
                found.append([[ctx.get(plane) for plane in bank] for bank in banks])
            assert not ctx.get(dut.illegal)
            taken += ctx.get(dut.weights.valid) and ctx.get(dut.weights.ready)
            retires = draw.random() < retire
            ctx.set(dut.next_retire, retires)
            active = ctx.get(dut.next_active)
            await ctx.tick()
            assert ctx.get(dut.active) == active
            show_place(ctx, dut, 6 - retired)
            cycles += 1
        ctx.set(dut.weights.valid, 1)
        ctx.set(dut.next_retire, 1)
        assert ctx.get(dut.active)
        await ctx.tick()
        show_place(ctx, dut, 0 if retires else 1)
        assert ctx.get(dut.active) == (not retires)
        await ctx.tick()
        show_place(ctx, dut, 0)
        assert not ctx.get(dut.weights.ready) and not ctx.get(dut.active)
        assert taken == len(beats)

    simulate(dut, testbench)
    for place, banks in enumerate(found):
        tile = w[3 * place : 3 * place + 3]
        assert banks == [[plane_of(lane == sign) for lane in tile.T] for sign in (1, -1)]
    if offer == retire == 1.0:  # fills in B cycles, swaps in the next
        assert cycles == 6 * config.beats_per_tile + 1


@pytest.mark.parametrize("place", [0, 7, -1])
def test_illegal_code(config: ArrayConfig, place: int) -> None:
    # The places behind a tile's last code hold illegal ones too: `tile_beats` sees to it.
    dut = WeightLoader(config=config)
    w = np.zeros((3, config.lanes), int)
    w.flat[place] = 2
    legal = list(weight_beats(Shape.of(config), 1, 0 * w))
    beats = list(weight_beats(Shape.of(config), 1, w))

    async def testbench(ctx) -> None:
        await begin(ctx, dut, 1)
        for beat, same in zip(beats, legal, strict=True):
            ctx.set(dut.weights.payload, beat)
            ctx.set(dut.weights.valid, 0)
            assert not ctx.get(dut.illegal)
            ctx.set(dut.weights.valid, 1)
            assert ctx.get(dut.illegal) == (beat != same)
            await ctx.tick()
        assert not ctx.get(dut.illegal), "the beat is not transferred"

    simulate(dut, testbench)
    assert sum(beat != same for beat, same in zip(beats, legal, strict=True)) == 1


@pytest.mark.parametrize(("lanes", "columns"), [(1, 1), (2, 1), (4, 3)])
def test_systolic_holds_its_tile(lanes: int, columns: int) -> None:
    config = ArrayConfig(style="systolic", lanes=lanes, columns=columns, weight_bus_bits=2)
    dut = WeightLoader(config=config)
    delta = lanes + columns - 2

    async def testbench(ctx) -> None:
        await begin(ctx, dut, 3)
        ctx.set(dut.weights.valid, 1)
        ctx.set(dut.weights.payload, 2)
        for tile in range(3):
            for beat in range(lanes * columns):
                ctx.set(dut.next_retire, tile > 0 and beat == lanes * columns - 1)
                await ctx.tick()
            ctx.set(dut.next_retire, 0)
            ctx.set(dut.weights.payload, tile)
            show_place(ctx, dut, 3 - max(tile - 1, 0))
            for cycle in range(delta):
                assert ctx.get(dut.swap) == (cycle == 0)
                assert not ctx.get(dut.weights.ready)
                planes = [ctx.get(plane) for plane in (*dut.tile_positive, *dut.tile_negative)]
                sign = (1, -1, 0)[tile]  # of all weights: code 2, then 0, then 1
                ones = (1 << columns) - 1
                assert planes == [ones * (sign == s) for s in (1, -1) for _ in range(lanes)]
                await ctx.tick()
                show_place(ctx, dut, 3 - tile)
            assert ctx.get(dut.weights.ready) == (tile < 2)

    simulate(dut, testbench)
