"""rtl.systolic.row: every element adds its product a column later, also while a swap passes."""

import numpy as np
import pytest
from benches.clocked import plane_of, simulate

from rtl.systolic.row import Row

CYCLES = 60
SWAPS = (0, 7, 8, 20, 41)


@pytest.mark.parametrize(("lane", "columns"), [(0, 1), (0, 4), (1, 3), (6, 5)])
def test_random_elements(lane: int, columns: int) -> None:
    draw = np.random.default_rng(columns)
    activations = draw.integers(-128, 128, CYCLES)
    activations[::9] = -128
    above = draw.integers(-128 * lane, 128 * lane + 1, (CYCLES, columns))
    coming = draw.integers(-1, 2, (CYCLES, columns))
    # Element c sees all that happens c cycles later.
    held = np.zeros((CYCLES + columns, columns), int)
    for swap in SWAPS:
        for c in range(columns):
            held[swap + c + 1 :, c] = coming[swap + c, c] if swap + c < CYCLES else 0
    dut = Row(lane=lane, columns=columns)

    async def testbench(ctx) -> None:
        for cycle in range(CYCLES):
            ctx.set(dut.activation, int(activations[cycle]))
            ctx.set(dut.positive, plane_of(coming[cycle] == 1))
            ctx.set(dut.negative, plane_of(coming[cycle] == -1))
            ctx.set(dut.swap, cycle in SWAPS)
            for c in range(columns):
                if lane:
                    ctx.set(dut.above[c], int(above[cycle, c]))
                if cycle > c + 1:
                    product = activations[cycle - 1 - c] * held[cycle - 1, c]
                    assert ctx.get(dut.sums[c]) == above[cycle - 1, c] + product
            await ctx.tick()

    simulate(dut, testbench)


@pytest.mark.parametrize("lane", [0, 3])
@pytest.mark.parametrize(("activation", "weight"), [(-128, -1), (-128, 1), (127, -1), (127, 1)])
def test_extremes_need_every_bit(lane: int, activation: int, weight: int) -> None:
    above = 128 * lane if activation * weight > 0 else -128 * lane
    dut = Row(lane=lane, columns=1)

    async def testbench(ctx) -> None:
        ctx.set(dut.positive, weight == 1)
        ctx.set(dut.negative, weight == -1)
        ctx.set(dut.swap, 1)
        await ctx.tick()
        ctx.set(dut.activation, activation)
        if lane:
            ctx.set(dut.above[0], above)
        await ctx.tick()
        assert ctx.get(dut.sums[0]) == above + activation * weight

    simulate(dut, testbench)
    assert dut.sums[0].shape().width == (128 * (lane + 1)).bit_length() + 1
