"""rtl.table.weights and rtl.table.stage: beats of every packing become tiles of places."""

import random

import numpy as np
import pytest
from benches.array_model import Shape, tile_beats
from benches.clocked import nest_of, simulate

from rtl.config import ArrayConfig
from rtl.table.codes import list_codes
from rtl.table.weights import TileStore

LANES, COLUMNS, DEPTH = 7, 3, 3

#: Packing, and buses that cut rows of codes, hold several, and hold a tile.
BUSES = {"two-bit": (5, 13, 42), "five-trit": (8, 24, 48), "group": (5, 16, 45)}


def make_config(packing: str, bus: int, group: int = 3) -> ArrayConfig:
    return ArrayConfig(
        style="table",
        group=group,
        lanes=LANES,
        columns=COLUMNS,
        strip_depth=DEPTH,
        token_depth=2,
        packing=packing,
        weight_bus_bits=bus,
    )


def look_up(tile: np.ndarray, group: int) -> tuple[list[list[int]], list[int]]:
    """Return the places of the groups of tile[C, L], and their planes of signs."""
    codes = {code.weights: code for code in list_codes(group)}
    padded = np.pad(tile, ((0, 0), (0, -LANES % group)))
    rows = [
        [codes[tuple(column.tolist())] for column in padded[:, first : first + group]]
        for first in range(0, padded.shape[1], group)
    ]
    signs = [sum(code.negative << c for c, code in enumerate(row)) for row in rows]
    return [[code.address for code in row] for row in rows], signs


@pytest.mark.parametrize(
    ("packing", "bus"), [(packing, bus) for packing, buses in BUSES.items() for bus in buses]
)
@pytest.mark.parametrize("group", [2, 3])
@pytest.mark.parametrize("wait", [0.0, 0.5])
def test_strips(packing: str, bus: int, group: int, wait: float) -> None:
    if packing == "group":
        bus = min(bus, -(-LANES // group) * COLUMNS * (group + 2))
    config = make_config(packing, bus, group)
    shape = Shape.of(config)
    dut = TileStore(config=config)
    draw = np.random.default_rng(bus)
    luck = random.Random(bus)
    column_tiles, lane_tiles = 5, 2  # strips of three tiles and of two
    folds = [
        [draw.integers(-1, 2, (COLUMNS, LANES)) for _ in range(size)]
        for size in (3, 2)
        for _ in range(lane_tiles)
    ]

    async def fill(ctx) -> None:
        ctx.set(dut.nest, nest_of(dut.config, 1, column_tiles, lane_tiles))
        ctx.set(dut.start, 1)
        await ctx.tick()
        ctx.set(dut.start, 0)
        for fold in folds:
            for tile in fold:
                for beat in tile_beats(shape, tile):
                    while luck.random() < wait:
                        await ctx.tick()
                    ctx.set(dut.weights.payload, beat)
                    ctx.set(dut.weights.valid, 1)
                    await ctx.tick().until(dut.weights.ready)
                    ctx.set(dut.weights.valid, 0)
        assert not ctx.get(dut.weights.ready)

    async def read(ctx) -> None:
        for fold in folds:
            while not ctx.get(dut.active):
                await ctx.tick()
            order = luck.choices(range(len(fold)), k=6)
            for place, tile in enumerate(order):
                ctx.set(dut.read, 1)
                ctx.set(dut.tile, tile)
                ctx.set(dut.retire, place == len(order) - 1)
                await ctx.tick()
                ctx.set(dut.read, 0)
                ctx.set(dut.retire, 0)
                addresses, signs = look_up(fold[tile], group)
                for _ in range(1 + (luck.random() < wait)):
                    assert [[ctx.get(a) for a in row] for row in dut.addresses] == addresses
                    assert [ctx.get(plane) for plane in dut.negative] == signs
                    if luck.random() < wait and place < len(order) - 1:
                        await ctx.tick()
            assert not ctx.get(dut.illegal)
        while ctx.get(dut.active):
            await ctx.tick()

    simulate(dut, fill, read)


@pytest.mark.parametrize("packing", BUSES)
@pytest.mark.parametrize("beat", [0, 1])
def test_illegal_codes(packing: str, beat: int) -> None:
    config = make_config(packing, BUSES[packing][1])
    shape = Shape.of(config)
    assert config.beats_per_tile > beat
    for weight, illegal in ((1, 0), (2, 1)):
        tile = np.ones((COLUMNS, LANES), np.int64)
        code = beat * config.codes_per_beat
        tile[code % COLUMNS, code // COLUMNS * config.code_lanes] = weight
        dut = TileStore(config=config)
        seen = 0

        async def testbench(ctx, dut=dut, tile=tile) -> None:
            nonlocal seen
            ctx.set(dut.nest, nest_of(dut.config, 1, 1, 1))
            ctx.set(dut.start, 1)
            await ctx.tick()
            ctx.set(dut.start, 0)
            # What is behind the last code of a tile is all ones: an illegal code, but ignored.
            for payload in [*tile_beats(shape, tile), None]:
                ctx.set(dut.weights.valid, payload is not None)
                ctx.set(dut.weights.payload, payload or 0)
                seen += ctx.get(dut.illegal)
                await ctx.tick()
            seen += ctx.get(dut.illegal)

        simulate(dut, testbench)
        assert seen == illegal
