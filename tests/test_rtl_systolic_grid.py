"""rtl.systolic.grid: a dot product a column and cycle, L + C - 1 cycles late, whatever swaps."""

import numpy as np
import pytest
from benches.clocked import plane_of, simulate

from rtl.config import ArrayConfig
from rtl.systolic.grid import Grid


@pytest.mark.parametrize(("lanes", "columns"), [(1, 1), (1, 4), (4, 1), (3, 2), (5, 7)])
def test_random_products(lanes: int, columns: int) -> None:
    config = ArrayConfig(style="systolic", lanes=lanes, columns=columns, weight_bus_bits=2)
    latency, hold = config.latency_cycles, config.hold_cycles
    draw = np.random.default_rng(lanes)
    beats = 5 * latency
    x = draw.integers(-128, 128, (beats, lanes))
    x[::5] = -128
    # Tiles follow each other as soon as the last element has taken the one before.
    tiles = draw.integers(-1, 2, (beats, columns, lanes))
    period = hold + 1
    dut = Grid(config=config)

    async def testbench(ctx) -> None:
        for cycle in range(beats + 1 + latency):
            tile = tiles[min(cycle // period, beats - 1)]
            for k in range(lanes):
                ctx.set(dut.positive[k], plane_of(tile[:, k] == 1))
                ctx.set(dut.negative[k], plane_of(tile[:, k] == -1))
                if 1 <= cycle <= beats:
                    ctx.set(dut.lanes[k], int(x[cycle - 1, k]) & 255)
            ctx.set(dut.swap, cycle % period == 0)
            if cycle > latency:
                beat = cycle - latency - 1  # issued in cycle beat + 1, with the tile swapped before
                owed = tiles[beat // period] @ x[beat]
                assert [ctx.get(total) for total in dut.products] == owed.tolist()
            await ctx.tick()

    simulate(dut, testbench)


def test_extremes() -> None:
    config = ArrayConfig(style="systolic", lanes=9, columns=3, weight_bus_bits=2)
    x = (-128, 127, -1, 0, 1)
    dut = Grid(config=config)

    async def testbench(ctx) -> None:
        for k in range(9):
            ctx.set(dut.positive[k], 0b100)
            ctx.set(dut.negative[k], 0b001)
        ctx.set(dut.swap, 1)
        await ctx.tick()
        ctx.set(dut.swap, 0)
        for cycle in range(config.latency_cycles + len(x)):
            for lane in dut.lanes:
                ctx.set(lane, x[min(cycle, len(x) - 1)] & 255)
            if cycle >= config.latency_cycles:
                a = x[cycle - config.latency_cycles]
                assert [ctx.get(total) for total in dut.products] == [-9 * a, 0, 9 * a]
            await ctx.tick()

    simulate(dut, testbench)
