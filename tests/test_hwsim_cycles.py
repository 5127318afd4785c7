"""The closed form of the cycle model against an event-by-event walk through the specification."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwsim.cycles import count_cycles
from rtl.config import ArrayConfig
from workloads.errors import InputError


def walk(config: ArrayConfig, m: int, n: int, k: int) -> int:
    """Return the cycles by following rules 1 to 5 of docs/specification.md cycle by cycle."""
    tiles = -(-n // config.columns) * -(-k // config.lanes)
    tokens_of_fold = []
    for start in range(0, m, config.token_depth):
        tokens_of_fold += [min(config.token_depth, m - start)] * tiles
    beats_left = len(tokens_of_fold) * config.beats_per_tile
    shadow, active, fold, cycle = 0, 0, 0, 0
    while True:
        cycle += 1
        last_issue = active == 1 and fold == len(tokens_of_fold) - 1
        if last_issue:
            return cycle + config.tree_registers + 2
        swap = shadow == config.beats_per_tile and active <= 1
        take = beats_left > 0 and (shadow < config.beats_per_tile or swap)
        if active == 1:
            fold += 1
        active = tokens_of_fold[fold] if swap else max(active - 1, 0)
        shadow = (0 if swap else shadow) + take
        beats_left -= take


@given(
    lanes=st.integers(1, 9),
    columns=st.integers(1, 9),
    token_depth=st.integers(1, 7),
    registers=st.integers(0, 2),
    share=st.floats(0.01, 1),
    m=st.integers(1, 20),
    n=st.integers(1, 30),
    k=st.integers(1, 30),
)
@settings(max_examples=300, deadline=None)
def test_closed_form_equals_the_walk(
    lanes: int,
    columns: int,
    token_depth: int,
    registers: int,
    share: float,
    m: int,
    n: int,
    k: int,
) -> None:
    config = ArrayConfig(
        lanes=lanes,
        columns=columns,
        token_depth=token_depth,
        tree_registers=registers,
        weight_bus_bits=max(2, int(2 * lanes * columns * share)),
    )
    counted = count_cycles(config, m, n, k)
    assert counted.cycles == walk(config, m, n, k)
    parts = counted.issue_cycles + counted.weight_stall_cycles
    assert parts + counted.fill_cycles + counted.drain_cycles == counted.cycles
    assert counted.weight_stall_cycles >= 0
    assert 0 < counted.utilisation <= 1


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
