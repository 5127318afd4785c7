"""rtl.table.accumulator: words in the order of folds, begun, added to and completed."""

import random
from collections import deque

import pytest
from benches.clocked import simulate

from rtl.adders import place_ranks
from rtl.config import ArrayConfig
from rtl.table.accumulator import Accumulator

COLUMNS, WIDTH = 2, 16


@pytest.mark.parametrize(("tokens", "tiles"), [(1, 1), (1, 5), (3, 2), (5, 1)])
@pytest.mark.parametrize("bubbles", [0.0, 0.4])
@pytest.mark.parametrize("ranks", [0, 2])
def test_folds(tokens: int, tiles: int, bubbles: float, ranks: int) -> None:
    config = ArrayConfig(
        style="table",
        group=2,
        lanes=4,
        columns=COLUMNS,
        token_depth=tokens,
        strip_depth=tiles,
        accumulator_width=WIDTH,
        weight_bus_bits=2,
        tree_registers=ranks,
    )
    late = place_ranks(config)[1]
    assert late == (ranks == 2)
    dut = Accumulator(config=config)
    draw = random.Random(tokens)
    issues = []  # word, first, last, ends
    for _ in range(4):
        words = draw.randint(1, tokens * tiles)
        for k in range(3):
            issues += [(word, k == 0, k == 2, word == words - 1) for word in range(words)]
            issues += [None] * max(0, 5 - words)  # no word comes twice in E cycles
    issues = [i for issue in issues for i in [None] * (draw.random() < bubbles) + [issue]]
    sums = [[0] * COLUMNS for _ in range(tokens * tiles)]
    completed = 0
    owed: deque[tuple[list[int], bool] | None] = deque([None] * late)

    async def testbench(ctx) -> None:
        nonlocal completed
        for due, coming in zip([None, *issues, None], [*issues, None, None], strict=True):
            ctx.set(dut.next_valid, coming is not None)
            members = (dut.next_first, dut.next_last, dut.next_ends)
            for member, value in zip(members, coming[1:] if coming else (1, 1, 1), strict=True):
                ctx.set(member, value)
            totals = [draw.randint(-512, 511) for _ in range(COLUMNS)]
            signs = draw.getrandbits(COLUMNS)
            for signal, total in zip(dut.totals, totals, strict=True):
                ctx.set(signal, total)
            ctx.set(dut.negative_totals, signs)
            if due:
                word, first, last, _ = due
                for c, total in enumerate(totals):
                    before = 0 if first else sums[word][c]
                    sums[word][c] = (before + (-total if signs >> c & 1 else total)) % 2**WIDTH
                completed += last
            owed.append((list(sums[due[0]]), due[2]) if due else None)
            here = owed.popleft()
            assert ctx.get(dut.complete) == bool(here and here[1])
            if here:
                planes = [ctx.get(plane) for plane in dut.sums]
                assert here[0] == [
                    sum((plane >> c & 1) << bit for bit, plane in enumerate(planes))
                    for c in range(COLUMNS)
                ]
            await ctx.tick()

    simulate(dut, testbench)
    assert completed >= 4
