"""rtl.queue: order, places, and the beat that leaves it empty."""

import random

import pytest
from benches.clocked import simulate

from rtl.config import ArrayConfig
from rtl.queue import ResultQueue


@pytest.mark.parametrize("registers", [0, 2])
@pytest.mark.parametrize("ready", [0.1, 0.5, 1.0])
def test_random_traffic(registers: int, ready: float) -> None:
    config = ArrayConfig(
        lanes=1, columns=3, weight_bus_bits=2, accumulator_width=9, tree_registers=registers
    )
    dut = ResultQueue(config=config)
    draw = random.Random(0)
    reserved: list[int] = []  # beats on their way, by the cycle of their arrival
    waiting: list[int] = []
    seen = 0

    async def testbench(ctx) -> None:
        nonlocal seen
        for cycle in range(400):
            assert ctx.get(dut.free) == (len(reserved) + len(waiting) < registers + 3)
            assert ctx.get(dut.results.valid) == bool(waiting)
            if waiting:
                assert ctx.get(dut.results.payload) == waiting[0]
            reserve = ctx.get(dut.free) and draw.random() < 0.9
            write = bool(reserved) and reserved[0] == cycle
            accept = draw.random() < ready
            beat = draw.getrandbits(27)
            ctx.set(dut.reserve, reserve)
            ctx.set(dut.write, write)
            for bit, plane in enumerate(dut.sums):
                ctx.set(plane, beat >> 3 * bit & 7)
            ctx.set(dut.results.ready, accept)
            leaves = accept and bool(waiting)
            assert ctx.get(dut.drained) == (leaves and len(reserved) + len(waiting) == 1)
            await ctx.tick()
            if leaves:
                waiting.pop(0)
                seen += 1
            if write:
                reserved.pop(0)
                waiting.append(beat)
            if reserve:
                reserved.append(cycle + registers + 1)

    simulate(dut, testbench)
    assert seen > 400 * ready * 0.6


def test_ready_consumer_never_delays() -> None:
    config = ArrayConfig(tree_registers=1)
    dut = ResultQueue(config=config)

    async def testbench(ctx) -> None:
        ctx.set(dut.results.ready, 1)
        ctx.set(dut.reserve, 1)
        for cycle in range(20):
            ctx.set(dut.write, cycle >= 2)
            assert ctx.get(dut.free)
            await ctx.tick()

    simulate(dut, testbench)
