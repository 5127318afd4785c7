"""rtl.table.sums: a beat is written into one set while the other is looked up."""

import numpy as np
import pytest
from benches.clocked import simulate

from rtl.config import ArrayConfig
from rtl.table.codes import list_codes, plan_steps
from rtl.table.sums import SumTables

COLUMNS = 8  # more than one copy of a table serves


@pytest.mark.parametrize("lanes", [1, 2, 5, 6])
@pytest.mark.parametrize("group", [2, 3])
def test_every_beat_is_found_while_the_next_is_written(group: int, lanes: int) -> None:
    config = ArrayConfig(
        style="table", group=group, lanes=lanes, columns=COLUMNS, weight_bus_bits=8
    )
    dut = SumTables(config=config)
    steps, groups = len(plan_steps(group)), -(-lanes // group)
    draw = np.random.default_rng(lanes)
    beats = draw.integers(-128, 128, (8, lanes))
    beats[:2] = [[-128] * lanes, [127] * lanes]
    padded = np.pad(beats, ((0, 0), (0, groups * group - lanes)))
    codes = list_codes(group)
    checked = 0

    async def testbench(ctx) -> None:
        nonlocal checked
        looked_up = owed = None  # in this cycle, and in the one before
        for number, beat in enumerate([*beats, beats[0]]):
            ctx.set(dut.write, 1)
            ctx.set(dut.write_set, number % 2)
            ctx.set(dut.next_set, 1 - number % 2)
            for signal, value in zip(dut.lanes, beat, strict=True):
                ctx.set(signal, int(value) & 255)
            for step in range(steps):
                ctx.set(dut.step, step)
                if owed is not None:
                    assert [[ctx.get(s) for s in row] for row in dut.sums] == owed
                    checked += 1
                # The set is told in the cycle before; the first look-up is in the next but one
                # after the last step.
                owed = looked_up = None
                if number and step:
                    drawn = draw.integers(0, len(codes), (groups, COLUMNS))
                    looked_up = [[codes[i] for i in row] for row in drawn]
                    weighed = padded[number - 1].reshape(groups, group)
                    owed = [
                        [
                            int(np.dot(code.weights, lanes_)) * (-1 if code.negative else 1)
                            for code in row
                        ]
                        for row, lanes_ in zip(looked_up, weighed, strict=True)
                    ]
                    for signals, row in zip(dut.addresses, looked_up, strict=True):
                        for signal, code in zip(signals, row, strict=True):
                            ctx.set(signal, code.address)
                await ctx.tick()

    simulate(dut, testbench)
    assert checked == len(beats) * (steps - 1) - 1  # the last one is not waited for
