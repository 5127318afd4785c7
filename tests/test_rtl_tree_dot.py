"""rtl.tree.dot: the dot product of every column, one a cycle, at its extremes and at random."""

import numpy as np
import pytest
from benches.clocked import plane_of, simulate

from rtl.config import ArrayConfig
from rtl.tree.compressor import plan_tree
from rtl.tree.dot import DotProduct


def run_products(config: ArrayConfig, x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Issue x[cycle] . w[cycle] every cycle; return what comes r + 1 cycles later, int64 [n, C]."""
    dut = DotProduct(config=config)
    places = [place for place, bits in enumerate(plan_tree(config.lanes).outputs) for _ in bits]
    latency = config.tree_registers + 1
    found = []

    async def testbench(ctx) -> None:
        for cycle in range(len(x) + latency):
            if cycle < len(x):
                for k in range(config.lanes):
                    ctx.set(dut.lanes[k], int(x[cycle, k]) & 255)
                    ctx.set(dut.positive[k], plane_of(w[cycle, :, k] == 1))
                    ctx.set(dut.negative[k], plane_of(w[cycle, :, k] == -1))
            if cycle >= latency:
                rows = [(ctx.get(row), place) for row, place in zip(dut.rows, places, strict=True)]
                found.append(
                    [sum((row >> c & 1) << place for row, place in rows) for c in range(w.shape[1])]
                )
            await ctx.tick()

    simulate(dut, testbench)
    return np.array(found) - 128 * config.lanes


@pytest.mark.parametrize("registers", [0, 1, 2, 5])
@pytest.mark.parametrize("lanes", [1, 2, 7, 16])
def test_random_products(lanes: int, registers: int) -> None:
    config = ArrayConfig(lanes=lanes, columns=3, weight_bus_bits=2, tree_registers=registers)
    draw = np.random.default_rng(lanes)
    x = draw.integers(-128, 128, (20, lanes))
    w = draw.integers(-1, 2, (20, 3, lanes))
    assert np.array_equal(run_products(config, x, w), np.einsum("tk,tck->tc", x, w))


def test_extremes() -> None:
    config = ArrayConfig(lanes=9, columns=3, weight_bus_bits=2)
    x = np.repeat([[-128], [127], [-1], [0], [1]], 9, axis=1)
    w = np.broadcast_to(np.array([-1, 0, 1])[None, :, None], (5, 3, 9))
    assert run_products(config, x, w).tolist() == [
        [1152, 0, -1152],
        [-1143, 0, 1143],
        [9, 0, -9],
        [0, 0, 0],
        [-9, 0, 9],
    ]
