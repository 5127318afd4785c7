"""rtl.array: matmuls on the Verilog by cocotb and Verilator, and on arrays of random shape."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benches.array_model import (
    Shape,
    activation_beats,
    collect_rows,
    read_result,
    weight_beats,
)
from benches.clocked import simulate
from benches.run_bench import run_bench

from rtl.array import TernaryArray
from rtl.config import ArrayConfig, accumulator_width_for
from rtl.verilog import TOP, emit_verilog

CONFIGS = {
    "whole tile a beat": ArrayConfig(
        lanes=8, columns=4, token_depth=4, accumulator_width=14, weight_bus_bits=64
    ),
    "bus cuts weights": ArrayConfig(
        lanes=5,
        columns=3,
        token_depth=3,
        accumulator_width=13,
        weight_bus_bits=7,
        tree_registers=2,
    ),
    "carry chains": ArrayConfig(
        lanes=5,
        columns=3,
        token_depth=3,
        accumulator_width=13,
        weight_bus_bits=10,
        adders="carry",
        tree_registers=1,
    ),
    "five trits a byte": ArrayConfig(
        lanes=7,
        columns=3,
        token_depth=3,
        accumulator_width=13,
        weight_bus_bits=33,
        packing="five-trit",
    ),
    "tables of two, beats of codes": ArrayConfig(
        style="table",
        lanes=5,
        columns=3,
        token_depth=3,
        strip_depth=2,
        group=2,
        accumulator_width=13,
        weight_bus_bits=17,
        packing="group",
        tree_registers=2,
    ),
    "tables of three, two bits": ArrayConfig(
        style="table",
        lanes=7,
        columns=3,
        token_depth=2,
        strip_depth=16,
        group=3,
        accumulator_width=13,
        weight_bus_bits=42,
    ),
    "grid": ArrayConfig(
        style="systolic",
        lanes=5,
        columns=3,
        token_depth=9,
        accumulator_width=13,
        weight_bus_bits=7,
    ),
    "grid, five trits a byte": ArrayConfig(
        style="systolic",
        lanes=3,
        columns=4,
        token_depth=2,
        accumulator_width=13,
        weight_bus_bits=32,
        packing="five-trit",
    ),
}


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize(
    "simulator",
    [
        "verilator",
        # Four-valued: what the reset leaves undefined must not reach an output.
        pytest.param(
            "icarus",
            marks=pytest.mark.skipif(
                shutil.which("iverilog") is None, reason="Icarus Verilog is not installed"
            ),
        ),
    ],
)
def test_streams(
    name: str,
    simulator: str,
    tmp_path: Path,
    pytestconfig: pytest.Config,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = CONFIGS[name]
    counts = run_bench(
        "array_bench",
        emit_verilog(config),
        TOP,
        Shape.of(config),
        tmp_path,
        monkeypatch,
        pytestconfig.cache,
        simulator,
    )
    assert counts == (10, 0)  # tests, failures


@pytest.mark.parametrize("style", ["tree", "systolic", "table"])
@pytest.mark.parametrize("seed", range(6))
def test_random_array(seed: int, style: str) -> None:
    draw = np.random.default_rng(seed)
    lanes, columns = (int(draw.integers(1, 6)) for _ in range(2))
    config = ArrayConfig(
        style=style,
        strip_depth=int(draw.integers(1, 8)) if style == "table" else 1,
        group=int(draw.integers(2, 4)) if style == "table" else 1,
        lanes=lanes,
        columns=columns,
        token_depth=int(draw.integers(1, 4 if style == "tree" else 12)),
        accumulator_width=accumulator_width_for(3 * lanes),
        weight_bus_bits=int(draw.integers(2, 2 * lanes * columns + 1)),
        tree_registers=int(draw.integers(0, 4)) if style != "systolic" else 0,
    )
    shape = Shape.of(config)
    pause = 0.0 if seed % 2 else 0.4
    dut = TernaryArray(config=config)
    m, n, k = draw.integers(1, 8), draw.integers(1, 3 * columns), draw.integers(1, 3 * lanes)
    x, w = draw.integers(-128, 128, (m, k)), draw.integers(-1, 2, (n, k))
    tiles = shape.tiles(m, n, k)
    rows = []

    async def offer(ctx, stream: Any, beats: Iterable[Any]) -> None:
        for beat in beats:
            while draw.random() < pause:
                await ctx.tick()
            ctx.set(stream.payload, beat)
            ctx.set(stream.valid, 1)
            await ctx.tick().until(stream.ready)
            ctx.set(stream.valid, 0)

    async def command(ctx) -> None:
        names = ("tokens", "column_tiles", "lane_tiles")
        await offer(ctx, dut.command, [dict(zip(names, tiles, strict=True))])
        while ctx.get(dut.busy):
            await ctx.tick()
        least = shape.cycles(*tiles)
        cycles = ctx.get(dut.cycles)
        if pause == 0:
            assert cycles == least
        else:  # while a table is written a wait may cost nothing
            assert cycles > least or (config.style == "table" and cycles == least)
        assert not ctx.get(dut.error)

    async def weights(ctx) -> None:
        await offer(ctx, dut.weights, weight_beats(shape, m, w))

    async def activations(ctx) -> None:
        await offer(ctx, dut.activations, activation_beats(shape, x, tiles[1]))

    async def results(ctx) -> None:
        for _ in range(m * tiles[1]):
            while draw.random() < pause:
                await ctx.tick()
            ctx.set(dut.results.ready, 1)
            (beat,) = await ctx.tick().sample(dut.results.payload).until(dut.results.valid)
            ctx.set(dut.results.ready, 0)
            rows.append(read_result(shape, beat))

    simulate(dut, command, weights, activations, results)
    assert np.array_equal(collect_rows(shape, iter(rows), m, n), x @ w.T)


@pytest.mark.parametrize(("style", "registers"), [("tree", 0), ("tree", 2), ("systolic", 0)])
def test_full_queue_holds_back_only_results(style: str, registers: int) -> None:
    config = ArrayConfig(
        style=style,
        lanes=2,
        columns=1,
        token_depth=1,
        weight_bus_bits=4,
        tree_registers=registers,
    )
    dut = TernaryArray(config=config)
    lane_tiles, column_tiles = 3, 12
    places = Shape.of(config).latency + 2
    taken = given = 0

    async def testbench(ctx) -> None:
        nonlocal taken, given
        command = {"tokens": 1, "column_tiles": column_tiles, "lane_tiles": lane_tiles}
        ctx.set(dut.command.payload, command)
        ctx.set(dut.command.valid, 1)
        await ctx.tick()
        ctx.set(dut.command.valid, 0)
        ctx.set(dut.weights.valid, 1)
        ctx.set(dut.activations.valid, 1)
        for _ in range(100):
            taken += ctx.get(dut.activations.ready)
            await ctx.tick()
        # All beats of the queue's sums, then those of the next sum: its last one waits at the gate.
        assert taken == (places + 1) * lane_tiles
        ctx.set(dut.results.ready, 1)
        while ctx.get(dut.busy):
            given += ctx.get(dut.results.valid)
            await ctx.tick()
        assert given == column_tiles

    simulate(dut, testbench)


def test_cycles_count_across_the_halves() -> None:
    dut = TernaryArray(config=ArrayConfig(lanes=1, columns=1, weight_bus_bits=2))

    async def testbench(ctx) -> None:
        command = {"tokens": 1, "column_tiles": 1, "lane_tiles": 1}
        ctx.set(dut.command.payload, command)
        ctx.set(dut.command.valid, 1)
        await ctx.tick()
        ctx.set(dut.cycles, 2**24 - 2)
        for cycle in range(2**24 - 2, 2**24 + 3):
            assert ctx.get(dut.cycles) == cycle
            await ctx.tick()

    simulate(dut, testbench)
