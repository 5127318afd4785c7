"""cocotb bench of a whole array: drivers, monitors, a model fed by the monitors, checks in order.

`tests/test_rtl_array.py` builds the array and names its parameters in HWSIM_BENCH_SHAPE.
"""

import json
import os
import random
from collections.abc import Callable, Iterable, Sequence

import cocotb
import numpy as np
from benches.array_model import (
    ArrayModel,
    Shape,
    activation_beats,
    collect_rows,
    join_fields,
    read_result,
    weight_beats,
)
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, ReadOnly

SHAPE = Shape(**json.loads(os.environ["HWSIM_BENCH_SHAPE"]))
INPUTS = ("command", "weights", "activations")

#: An array that hangs fails after 100,000 cycles.
LIMIT = {"timeout_time": 1, "timeout_unit": "ms"}

Matmul = tuple[np.ndarray, np.ndarray]  # x[M, K], w[N, K]


class Stream:
    """A valid / ready stream of the array. All is driven and sampled while the clock is low."""

    def __init__(self, dut, name: str) -> None:
        self.clk = dut.clk
        self.valid, self.ready, self.payload = (
            getattr(dut, f"{name}__{member}") for member in ("valid", "ready", "payload")
        )

    async def drive(self, beats: Iterable[int], pause: float, random: random.Random) -> None:
        """Offer `beats`; before each, wait a cycle with probability `pause`, and again."""
        for beat in beats:
            while random.random() < pause:
                self.valid.value = 0
                await FallingEdge(self.clk)
            self.valid.value = 1
            self.payload.value = beat
            taken = False
            while not taken:
                await ReadOnly()
                taken = self.ready.value == 1
                await FallingEdge(self.clk)
        self.valid.value = 0

    async def accept(self, pause: float, random: random.Random) -> None:
        """Be ready, with probability 1 - `pause` in a cycle."""
        while True:
            self.ready.value = random.random() >= pause
            await FallingEdge(self.clk)

    async def monitor(self, report: Callable[[int], None]) -> None:
        """Report the payload of every beat transferred; fail if a waiting one changes."""
        waiting = None
        while True:
            await ReadOnly()
            payload = int(self.payload.value) if self.valid.value == 1 else None
            assert waiting is None or payload == waiting, "a waiting beat changed"
            if payload is not None and self.ready.value == 1:
                report(payload)
                payload = None
            waiting = payload
            await FallingEdge(self.clk)


class Bench:
    """The array between drivers and monitors.

    Attributes
    ----------
    cycles : of each matmul of the last run, counted here and equal to the array's own count.
    """

    def __init__(self, dut, pauses: dict[str, float], seed: int = 0) -> None:
        self.dut = dut
        self.pauses = pauses
        self.random = random.Random(seed)
        self.model = ArrayModel(SHAPE)
        self.rows: list[list[int]] = []
        self.exact = True
        self.cycles: list[int] = []
        self._now = self._start = self._end = 0

    async def reset(self) -> None:
        """Reset the array, then start the clock, the monitors and the consumer of results."""
        dut = self.dut
        for name in INPUTS:
            getattr(dut, f"{name}__valid").value = 0
        dut.results__ready.value = 0
        dut.rst.value = 1
        Clock(dut.clk, 10, unit="ns").start()
        await FallingEdge(dut.clk)
        await FallingEdge(dut.clk)
        dut.rst.value = 0
        cocotb.start_soon(self._watch())
        reports = (self._take_command, self.model.weights, self.model.activations)
        for name, report in zip(INPUTS, reports, strict=True):
            cocotb.start_soon(Stream(dut, name).monitor(report))
        results = Stream(dut, "results")
        cocotb.start_soon(results.monitor(self._check_result))
        cocotb.start_soon(results.accept(self.pauses.get("results", 0), self.random))

    async def run(self, matmuls: Sequence[Matmul], exact: bool = True) -> None:
        """Offer the beats of all matmuls, wait for their end; if `exact`, compare with x @ w.T."""
        self.exact = exact
        beats: dict[str, list[int]] = {name: [] for name in INPUTS}
        for x, w in matmuls:
            tiles = SHAPE.tiles(*sizes(x, w))
            beats["command"].append(join_fields(tiles, 16))
            beats["weights"] += weight_beats(SHAPE, len(x), w)
            beats["activations"] += activation_beats(SHAPE, x, tiles[1])
        self.rows.clear()
        self.cycles.clear()
        drivers = [
            cocotb.start_soon(
                Stream(self.dut, name).drive(beats[name], self.pauses.get(name, 0), self.random)
            )
            for name in INPUTS
        ]
        for driver in drivers:
            await driver
        while len(self.cycles) < len(matmuls):
            await FallingEdge(self.dut.clk)
        assert not self.model.expected, "results are missing"
        rows = iter(self.rows)
        for x, w in matmuls:
            product = x.astype(np.int64) @ w.T.astype(np.int64)
            found = collect_rows(SHAPE, rows, *product.shape)
            assert not exact or np.array_equal(found, product)
        assert next(rows, None) is None, "too many results"

    async def _watch(self) -> None:
        was_busy = 0
        while True:
            await ReadOnly()
            busy = int(self.dut.busy.value)
            assert self.dut.command__ready.value == (not busy)
            if not busy:
                takes = [name for name in INPUTS[1:] if getattr(self.dut, f"{name}__ready").value]
                assert not takes, f"{takes} taken without a command"
            if was_busy and not busy:
                self.cycles.append(self._end - self._start)
            if not busy and self.cycles:
                assert int(self.dut.cycles.value) == self.cycles[-1]
            was_busy = busy
            await FallingEdge(self.dut.clk)
            self._now += 1

    def _take_command(self, beat: int) -> None:
        self._start = self._now
        self.model.command(beat)

    def _check_result(self, beat: int) -> None:
        self._end = self._now
        self.rows.append(read_result(SHAPE, beat))
        expected = self.model.expected.popleft()
        assert not self.exact or self.rows[-1] == expected


def sizes(x: np.ndarray, w: np.ndarray) -> tuple[int, int, int]:
    return len(x), len(w), x.shape[1]


def draw_matmuls(shapes: Iterable[tuple[int, int, int]], seed: int = 0) -> list[Matmul]:
    draw = np.random.default_rng(seed)
    return [(draw.integers(-128, 128, (m, k)), draw.integers(-1, 2, (n, k))) for m, n, k in shapes]


#: Ragged in every dimension, one token, one feature, whole tiles, several blocks of tokens.
SHAPES = (
    (1, 1, 1),
    (1, SHAPE.C + 1, 2 * SHAPE.L + 1),
    (SHAPE.T, SHAPE.C, SHAPE.L),
    (SHAPE.T + 1, 2 * SHAPE.C - 1, 1),
    (2 * SHAPE.T + 1, SHAPE.C - 1, 3 * SHAPE.L - 1),
    (2, (SHAPE.D + 1) * SHAPE.C, 4 * SHAPE.L),
)


@cocotb.test(**LIMIT)
async def streams_that_never_wait_take_the_specified_cycles(dut) -> None:
    bench = Bench(dut, pauses={})
    await bench.reset()
    await bench.run(draw_matmuls(SHAPES))
    assert bench.cycles == [SHAPE.cycles(*SHAPE.tiles(*shape)) for shape in SHAPES]


@cocotb.test(**LIMIT)
@cocotb.parametrize(
    pauses=[
        {"weights": 0.8},
        {"activations": 0.8},
        {"results": 0.8},
        {"command": 0.5, "weights": 0.4, "activations": 0.4, "results": 0.4},
    ]
)
async def streams_that_wait_change_no_result(dut, pauses: dict[str, float]) -> None:
    bench = Bench(dut, pauses, seed=1)
    await bench.reset()
    await bench.run(draw_matmuls(SHAPES, seed=1))
    least = [SHAPE.cycles(*SHAPE.tiles(*shape)) for shape in SHAPES]
    assert all(np.array(bench.cycles) >= least)
    assert sum(bench.cycles) > sum(least)


@cocotb.test(**LIMIT)
@cocotb.parametrize(activation=[-128, 127], weight=[-1, 1])
async def extremes_are_exact(dut, activation: int, weight: int) -> None:
    k = (2 ** (SHAPE.A - 1) - 1) // 128
    x = np.full((2, k), activation)
    w = np.full((SHAPE.C + 1, k), weight)
    w[-1] = 0
    bench = Bench(dut, pauses={})
    await bench.reset()
    await bench.run([(x, w)])
    assert bench.rows[0][0] == activation * weight * k


@cocotb.test(**LIMIT)
async def an_illegal_code_is_an_error_until_the_next_command(dut) -> None:
    m, n, k = 3, SHAPE.C + 1, SHAPE.L + 1
    x, w = draw_matmuls([(m, n, k)])[0]
    illegal = w.copy()
    illegal[-1, -1] = 2
    bench = Bench(dut, pauses={})
    await bench.reset()
    await bench.run([(x, w)])
    assert dut.error.value == 0
    await bench.run([(x, illegal)], exact=False)  # what an illegal code adds is open
    for _ in range(5):
        assert dut.error.value == 1
        await FallingEdge(dut.clk)
    driver = cocotb.start_soon(bench.run([(x, w)]))
    await FallingEdge(dut.busy)
    assert dut.error.value == 0
    await driver
