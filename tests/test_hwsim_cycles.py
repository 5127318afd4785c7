"""The closed form of the cycle model against a walk through the specification's rules."""

import random
from dataclasses import replace

import pytest
from array_walk import walk
from hypothesis import given, settings
from hypothesis import strategies as st

from hwsim.configuration import configure_array
from hwsim.cycles import add_weight_stalls, count_cycles
from hwsim.fold_times import count_swap_cycles, count_table_words
from hwsim.folds import nest_folds
from hwsim.phases import run_phase
from rtl.config import PACKINGS, STYLES, ArrayConfig, code_size, widest_weight_bus
from workloads.errors import InputError
from workloads.shapes import find_preset

SHAPE = {"m": st.integers(1, 12), "n": st.integers(1, 40), "k": st.integers(1, 30)}


@st.composite
def arrays(draw: st.DrawFn) -> ArrayConfig:
    """Draw small arrays of every style."""
    style = draw(st.sampled_from(STYLES))
    table = style == "table"
    group = draw(st.integers(2, 3)) if table else 1
    packing = draw(st.sampled_from(PACKINGS if table else PACKINGS[:2]))
    lanes, columns = draw(st.integers(1, 9)), draw(st.integers(1, 6))
    narrowest = code_size(packing, group)[1]
    widest = widest_weight_bus(lanes, columns, packing, group)
    return ArrayConfig(
        style=style,
        lanes=lanes,
        columns=columns,
        token_depth=draw(st.integers(1, 5)),
        strip_depth=draw(st.integers(1, 20)) if table else 1,
        group=group,
        weight_bus_bits=draw(st.integers(narrowest, widest)),
        packing=packing,
        tree_registers=0 if style == "systolic" else draw(st.integers(0, 3)),
    )


def draw_array(source: random.Random) -> tuple[ArrayConfig, tuple[int, int, int]]:
    """Return a small array and a shape, quicker than hypothesis does."""
    style = source.choice(STYLES)
    table = style == "table"
    group = source.choice((2, 3)) if table else 1
    packing = source.choice(PACKINGS if table else PACKINGS[:2])
    lanes, columns = source.randint(1, 7), source.randint(1, 4)
    widest = widest_weight_bus(lanes, columns, packing, group)
    narrowest = max(code_size(packing, group)[1], widest // source.randint(1, 9))
    config = ArrayConfig(
        style=style,
        lanes=lanes,
        columns=columns,
        token_depth=source.randint(1, 4),
        strip_depth=source.randint(1, 16) if table else 1,
        group=group,
        weight_bus_bits=source.randint(narrowest, widest),
        packing=packing,
        tree_registers=0 if style == "systolic" else source.randint(0, 2),
    )
    n = source.randint(1, columns * config.strip_depth * 2)
    return config, (source.randint(1, 6), n, source.randint(1, 3 * lanes))


@given(config=arrays(), **SHAPE)
@settings(max_examples=150, deadline=None)
def test_closed_form_equals_the_walk(config: ArrayConfig, m: int, n: int, k: int) -> None:
    seen, counted = walk(config, m, n, k), count_cycles(config, m, n, k)
    assert counted.cycles == seen.cycles
    assert counted.issue_cycles == seen.issues
    assert counted.weight_bits == seen.weight_beats * config.weight_bus_bits
    assert counted.activation_bytes == seen.activation_beats * config.lanes
    assert counted.folds == len(seen.loads)
    assert counted.fill_cycles == seen.issued[0][0] - 1
    assert counted.drain_cycles == seen.cycles - seen.issued[-1][-1]
    parts = counted.issue_cycles + counted.weight_stall_cycles + counted.idle_cycles
    assert parts + counted.fill_cycles + counted.drain_cycles == counted.cycles
    assert counted.weight_stall_cycles >= 0
    assert counted.idle_cycles >= 0
    assert 0 < counted.utilisation <= 1


def test_closed_form_equals_the_walk_of_thousands() -> None:
    source = random.Random(1)
    for _ in range(3000):
        config, shape = draw_array(source)
        assert count_cycles(config, *shape).cycles == walk(config, *shape).cycles, (config, shape)


def test_weight_stalls_equal_the_walk_of_a_held_back_stream() -> None:
    source = random.Random(2)
    for _ in range(1000):
        config, shape = draw_array(source)
        share = source.choice((0.1, 0.5, 0.8))
        seen = walk(config, *shape, lambda share=share: source.random() >= share)
        assert add_weight_stalls(config, *shape, seen.held) == seen.cycles, (config, shape)


def test_held_cycles_of_a_memory_bound_matmul_are_added_exactly() -> None:
    source = random.Random(3)
    matmuls = 0
    for _ in range(2000):
        config, shape = draw_array(source)
        words, folds = count_table_words(config), list(nest_folds(config, *shape))
        uses = [fold.tokens * max(fold.tiles, words) for fold in folds[:-1]]
        loads = [fold.tiles * config.beats_per_tile for fold in folds]
        later = [count_swap_cycles(config) + load for load in loads[1:]]
        bound = all(load > use for load, use in zip(later, uses, strict=True))
        if bound and loads[0] >= words:
            matmuls += 1
            seen = walk(config, *shape, lambda: source.random() >= 0.4)
            assert seen.cycles == count_cycles(config, *shape).cycles + sum(seen.held)
    assert matmuls > 100


@pytest.mark.parametrize(
    ("stalls", "message"),
    [
        ([0] * 9, "stalls_per_fold must have at most 4 entries, not 9"),
        ([0, -1], r"stalls_per_fold\[1\] must be a non-negative int, not -1"),
    ],
)
def test_refuses_stalls_that_no_fold_can_have(stalls: list[int], message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}$"):
        add_weight_stalls(ArrayConfig(), 1, 128, 128, stalls)


def test_hidden_first_load_of_a_single_fold() -> None:
    # A beat a tile, tables of 14 words: the first slot waits for its tables, not for the weights.
    config = configure_array(64, style="table", bandwidth_gb_s=1e6)
    assert count_cycles(config, 1, 64, 64).cycles == (14 + 1) + 1 + (2 + 1)
    assert add_weight_stalls(config, 1, 64, 64, [13]) == 19
    assert add_weight_stalls(config, 1, 64, 64, [14]) == 20


def test_hand_computed_prefill_and_decode() -> None:
    # 64 x 64 lanes, 4 beats a tile: 3200 x 3200 is 50 x 50 = 2500 folds.
    config = ArrayConfig(lanes=64, columns=64, token_depth=64, weight_bus_bits=2048)
    assert config.beats_per_tile == 4
    registers = config.tree_registers
    # Decode: every fold waits for its 4 beats; the last one needs a single cycle.
    decode = count_cycles(config, 1, 3200, 3200)
    assert decode.cycles == (4 + 1) + 2499 * 4 + 1 + (registers + 2)
    assert decode.weight_stall_cycles == 2499 * 3
    assert decode.memory_bound
    # Prefill of 512: 8 blocks of 64 tokens, weights arrive behind the computation.
    prefill = count_cycles(config, 512, 3200, 3200)
    assert prefill.cycles == 5 + 8 * 2500 * 64 + registers + 2
    assert prefill.weight_stall_cycles == 0
    assert prefill.weight_bits == 8 * 3200 * 3200 * 2
    assert not prefill.memory_bound


def test_hand_computed_table() -> None:
    # 50 column tiles in strips of 16, 16, 16 and 2, whose slots take 14 cycles to write tables.
    config = configure_array(3200, style="table")
    prefill = count_cycles(config, 512, 3200, 3200)
    slots = 8 * 50 * 64 * (16 + 16 + 16 + 14)
    assert config.beats_per_tile == 4
    assert prefill.cycles == (16 * 4 + 1) + slots - 12 + (2 + 1)
    assert prefill.idle_cycles == 8 * 50 * 64 * 12 - 12
    assert (prefill.weight_stall_cycles, prefill.memory_bound) == (0, False)
    assert (prefill.folds, prefill.tiles) == (8 * 4 * 50, 8 * 50 * 50)
    assert prefill.activation_bytes == 512 * 4 * 50 * 64
    assert prefill.table_writes == 512 * 4 * 50 * 22 * 14
    # A single token: 64 beats a strip of 16, 8 a strip of 2, whose slot then takes longer.
    decode = count_cycles(config, 1, 3200, 3200)
    assert decode.cycles == 65 + (3 * 50 - 1) * 64 + 16 + 49 * 14 + 2 + 3
    assert decode.memory_bound


def test_hand_computed_systolic() -> None:
    # A swap is 126 cycles on its way before the 4 beats of the next tile, more than 64 tokens take.
    config = configure_array(3200, style="systolic")
    prefill = count_cycles(config, 512, 3200, 3200)
    assert prefill.cycles == (4 + 1) + (20000 - 1) * (126 + 4) + 64 + (127 + 1)
    assert prefill.memory_bound
    assert count_cycles(replace(config, token_depth=512), 512, 3200, 3200).cycles == (
        (4 + 1) + 2500 * 512 + (127 + 1)
    )


def test_cycles_of_the_default_array_for_3b() -> None:
    config, shape = configure_array(8640), find_preset("3B")
    assert run_phase(config, shape, "prefill", 512, 512).cycles == 402_689_274
    assert run_phase(config, shape, "decode", 1, 512).cycles == 3_146_728


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((0, 1, 1), "m must be an int from 1 to 65535, not 0"),
        ((1, -2, 1), "n must be an int from 1 to 4194240, not -2"),
        ((65536, 1, 1), "m must be an int from 1 to 65535, not 65536"),
        ((1, 1, 1.5), "k must be an int from 1 to 4194240, not 1.5"),
    ],
)
def test_refuses_impossible_shapes(shape: tuple, message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}$"):
        count_cycles(ArrayConfig(), *shape)


def test_refuses_a_reduction_the_accumulator_cannot_hold() -> None:
    config = ArrayConfig(accumulator_width=22)
    assert count_cycles(config, 1, 1, config.max_reduction).cycles > 0
    with pytest.raises(InputError, match="k must be at most 16383 for accumulator_width = 22"):
        count_cycles(config, 1, 1, config.max_reduction + 1)
