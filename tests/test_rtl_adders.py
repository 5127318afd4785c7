"""rtl.adders: the sum of signed terms, at every number of groups and of ranks."""

import numpy as np
import pytest
from benches.clocked import plane_of, simulate

from rtl.adders import AdderTree, place_ranks, sum_bits, total_bits
from rtl.config import ArrayConfig

COLUMNS = 2


def run_sums(config: ArrayConfig, terms: np.ndarray, negative: np.ndarray) -> np.ndarray:
    """Offer terms[cycle, G, C], their signs a cycle before; return their sums [cycle, C]."""
    dut = AdderTree(config=config)
    latency = len(place_ranks(config)[0])
    found = []

    async def testbench(ctx) -> None:
        for cycle in range(-1, len(terms) + latency):
            if 0 <= cycle + 1 < len(terms):
                for plane, signs in zip(dut.next_negative, negative[cycle + 1], strict=True):
                    ctx.set(plane, plane_of(signs))
            if 0 <= cycle < len(terms):
                for row, values in zip(dut.terms, terms[cycle], strict=True):
                    for signal, value in zip(row, values, strict=True):
                        ctx.set(signal, int(value))
            if cycle >= latency:
                signs = ctx.get(dut.negative_totals)
                totals = [ctx.get(total) for total in dut.totals]
                found.append([-t if signs >> c & 1 else t for c, t in enumerate(totals)])
            await ctx.tick()

    simulate(dut, testbench)
    return np.array(found)


@pytest.mark.parametrize("registers", [0, 1, 3, 5])
@pytest.mark.parametrize("groups", [1, 2, 3, 5, 8])
def test_random_sums(groups: int, registers: int) -> None:
    config = ArrayConfig(
        style="table",
        group=2,
        lanes=2 * groups - 1,
        columns=COLUMNS,
        tree_registers=registers,
        weight_bus_bits=2,
    )
    draw = np.random.default_rng(groups)
    terms = draw.integers(-256, 256, (12, groups, COLUMNS))
    negative = draw.integers(0, 2, terms.shape)
    owed = np.where(negative, -terms, terms).sum(axis=1)
    assert np.array_equal(run_sums(config, terms, negative), owed)


@pytest.mark.parametrize("group", [2, 3])
def test_extremes(group: int) -> None:
    lanes = 5 * group
    config = ArrayConfig(
        style="table", group=group, lanes=lanes, columns=COLUMNS, weight_bus_bits=2
    )
    low, high = -128 * group, 128 * group - 1
    # An entry has a lane that is added: 128 a lane is reached by subtracting all of a sum.
    terms = np.array([[low, low], [high, high], [low, high]])[:, None, :].repeat(5, axis=1)
    negative = np.zeros_like(terms)
    negative[0, :, 1] = 1
    owed = [[5 * low, -5 * low], [5 * high, 5 * high], [5 * low, 5 * high]]
    assert run_sums(config, terms, negative).tolist() == owed
    assert total_bits(config) == sum_bits(lanes)
    assert -5 * low == 128 * lanes


def test_ranks_are_spread() -> None:
    def place(lanes: int, ranks: int) -> tuple[list[int], bool]:
        return place_ranks(
            ArrayConfig(
                style="table",
                group=2,
                lanes=lanes,
                columns=1,
                tree_registers=ranks,
                weight_bus_bits=2,
            )
        )

    assert place(16, 0) == ([], False)
    assert place(16, 2) == ([1, 2], False)
    assert place(16, 3) == ([1, 2, 3], False)
    assert place(16, 5) == ([0, 1, 2, 3], True)
    assert place(64, 2) == ([2, 4], False)
    for lanes in range(1, 80):
        for ranks in range(17):
            places, behind = place(lanes, ranks)
            assert len(places) + behind == ranks
            assert places == sorted(places)
            assert all(0 <= place <= ((lanes - 1) // 2).bit_length() for place in places)
