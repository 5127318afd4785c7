"""Amaranth's simulator for components: coroutines that drive and look, cycle by cycle."""

from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
from amaranth.hdl import Elaboratable
from amaranth.lib import stream
from amaranth.sim import Simulator

from rtl.config import ArrayConfig


def simulate(
    dut: Elaboratable, *testbenches: Callable[[Any], Coroutine], clocked: bool = True
) -> None:
    simulator = Simulator(dut)
    if clocked:
        simulator.add_clock(1e-6)
    for testbench in testbenches:
        simulator.add_testbench(testbench)
    simulator.run()


async def collect_frames(
    ctx: Any,
    items: stream.Interface,
    frames: list[bytes],
    count: int,
    rng: np.random.Generator,
    readiness: float,
) -> None:
    """Append what `items` of `ITEM_LAYOUT` tell, taken in a share `readiness` of the cycles."""
    frame = bytearray()
    while len(frames) < count:
        ctx.set(items.ready, bool(rng.random() < readiness))
        _, _, valid, taken, item = await ctx.tick().sample(items.valid, items.ready, items.payload)
        if valid and taken and item.end:
            frames.append(bytes(frame))
            frame.clear()
        elif valid and taken:
            frame.append(item.byte)


def plane_of(bits: list[int]) -> int:
    """Return the plane whose bit c is `bits[c]`."""
    return sum(int(bit) << column for column, bit in enumerate(bits))


def nest_of(config: ArrayConfig, tokens: int, column_tiles: int, lane_tiles: int) -> dict[str, int]:
    """Return the fields of `NEST_LAYOUT`."""
    return {
        "last_token": tokens - 1,
        "last_column_tile": column_tiles - 1,
        "last_lane_tile": lane_tiles - 1,
        "one_block": tokens <= config.token_depth,
        "one_strip": column_tiles <= config.strip_depth,
        "one_tile": lane_tiles == 1,
    }
