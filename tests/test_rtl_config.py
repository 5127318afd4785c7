"""rtl.config: derived sizes, and one line for every impossible value."""

from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtl.config import ArrayConfig, accumulator_width_for
from workloads.errors import InputError


def test_default() -> None:
    config = ArrayConfig()
    assert config.style == "tree"
    assert (config.lanes, config.columns, config.token_depth) == (64, 64, 64)
    assert config.tile_bits == 8192
    assert config.beats_per_tile == 4
    assert config.max_reduction == 16383
    assert config.result_depth == 3
    assert config.memory_bandwidth_gb_s == 256.0


@pytest.mark.parametrize(
    ("bus", "beats"), [(30, 1), (29, 2), (16, 2), (15, 3), (14, 3), (7, 5), (4, 8), (2, 15)]
)
def test_last_beat_may_be_padded(bus: int, beats: int) -> None:
    config = ArrayConfig(lanes=5, columns=3, weight_bus_bits=bus)
    assert config.tile_bits == 30
    assert config.beats_per_tile == beats


@pytest.mark.parametrize(
    ("packing", "group", "bus", "code", "codes", "beats"),
    [
        ("two-bit", 2, 25, (1, 2), 21, 2),  # of 7 x 3 lanes and columns
        ("five-trit", 2, 25, (5, 8), 6, 2),
        ("group", 2, 25, (2, 4), 12, 2),
        ("group", 3, 25, (3, 5), 9, 2),
        ("group", 3, 45, (3, 5), 9, 1),
    ],
)
def test_packings(
    packing: str, group: int, bus: int, code: tuple[int, int], codes: int, beats: int
) -> None:
    config = ArrayConfig(
        style="table", group=group, lanes=7, columns=3, packing=packing, weight_bus_bits=bus
    )
    assert (config.code_lanes, config.code_bits) == code
    assert config.codes_per_beat == bus // code[1]
    assert config.codes_per_tile == codes
    assert config.tile_bits == codes * code[1]
    assert config.beats_per_tile == beats


@pytest.mark.parametrize(
    ("style", "latency", "hold"), [("tree", 4, 0), ("table", 5, 0), ("systolic", 11, 10)]
)
def test_times_of_a_style(style: str, latency: int, hold: int) -> None:
    config = ArrayConfig(
        style=style,
        lanes=8,
        columns=4,
        weight_bus_bits=64,
        group=2 if style == "table" else 1,
        tree_registers=0 if style == "systolic" else 3,
    )
    assert (config.latency_cycles, config.hold_cycles) == (latency, hold)
    assert config.result_depth == latency + 2


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"group": 1}, "group must be an int from 2 to 3 for style = 'table', not 1"),
        ({"group": 4}, "group must be an int from 2 to 3 for style = 'table', not 4"),
        ({"strip_depth": 1025}, "token_depth * strip_depth must be at most 65536, not 65600"),
        (
            {"packing": "group", "weight_bus_bits": 3},
            "weight_bus_bits must be an int from 4 to 8192, not 3",
        ),
    ],
)
def test_impossible_table(values: dict[str, object], message: str) -> None:
    with pytest.raises(InputError) as error:
        ArrayConfig(**{"style": "table", "group": 2, **values})
    assert str(error.value) == message


def test_a_grid_has_no_tree() -> None:
    with pytest.raises(InputError) as error:
        ArrayConfig(style="systolic", tree_registers=1)
    assert str(error.value) == "tree_registers must be 0 for style = 'systolic', not 1"


@pytest.mark.parametrize("style", ["systolic", "table"])
def test_only_a_tree_chooses_its_adders(style: str) -> None:
    group = 2 if style == "table" else 1
    with pytest.raises(InputError) as error:
        ArrayConfig(style=style, group=group, adders="carry")
    assert str(error.value) == (
        f"adders must be 'compressor' for style = '{style}', which has no choice, not 'carry'"
    )


def test_queue_covers_the_pipeline() -> None:
    assert ArrayConfig(tree_registers=4).result_depth == 7


def test_bandwidth() -> None:
    config = ArrayConfig(weight_bus_bits=64, clock_mhz=200)
    assert config.memory_bandwidth_gb_s == pytest.approx(1.6, rel=1e-15)


@pytest.mark.parametrize(
    ("reduction", "width"), [(1, 9), (2, 10), (64, 15), (6912, 21), (8192, 22), (8640, 22)]
)
def test_accumulator_width(reduction: int, width: int) -> None:
    assert accumulator_width_for(reduction) == width


@given(st.integers(1, 2**23))
def test_accumulator_width_is_the_least_that_holds_every_sum(reduction: int) -> None:
    largest = 128 * reduction
    width = accumulator_width_for(reduction)
    assert 2 ** (width - 2) <= largest < 2 ** (width - 1)


@given(st.integers(9, 32))
def test_max_reduction_is_the_largest_that_fits(width: int) -> None:
    config = ArrayConfig(lanes=1, columns=1, weight_bus_bits=2, accumulator_width=width)
    assert accumulator_width_for(config.max_reduction) <= width
    assert accumulator_width_for(config.max_reduction + 1) > width


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("style", "cube", "style must be one of tree, table, systolic, not 'cube'"),
        ("lanes", 0, "lanes must be an int from 1 to 4096, not 0"),
        ("lanes", 2.0, "lanes must be an int from 1 to 4096, not 2.0"),
        ("lanes", 4097, "lanes must be an int from 1 to 4096, not 4097"),
        ("columns", 0, "columns must be an int from 1 to 2048, not 0"),
        ("columns", True, "columns must be an int from 1 to 2048, not True"),
        ("token_depth", 0, "token_depth must be an int from 1 to 65535, not 0"),
        ("token_depth", 65536, "token_depth must be an int from 1 to 65535, not 65536"),
        ("accumulator_width", 14, "accumulator_width must be an int from 15 to 32, not 14"),
        ("accumulator_width", 33, "accumulator_width must be an int from 15 to 32, not 33"),
        ("weight_bus_bits", 1, "weight_bus_bits must be an int from 2 to 8192, not 1"),
        ("weight_bus_bits", 8193, "weight_bus_bits must be an int from 2 to 8192, not 8193"),
        (
            "tree_registers",
            -1,
            "tree_registers must be an int from 0 to 16 for style = 'tree', not -1",
        ),
        (
            "tree_registers",
            17,
            "tree_registers must be an int from 0 to 16 for style = 'tree', not 17",
        ),
        ("group", 2, "group must be 1 for style = 'tree', not 2"),
        ("strip_depth", 2, "strip_depth must be 1 for style = 'tree', not 2"),
        (
            "packing",
            "group",
            "packing must be one of two-bit, five-trit for style = 'tree', not 'group'",
        ),
        (
            "packing",
            "gguf",
            "packing must be one of two-bit, five-trit for style = 'tree', not 'gguf'",
        ),
        ("clock_mhz", 0, "clock_mhz must be a finite number above 0, not 0"),
        ("clock_mhz", float("inf"), "clock_mhz must be a finite number above 0, not inf"),
    ],
)
def test_impossible_value(field: str, value: object, message: str) -> None:
    with pytest.raises(InputError) as error:
        replace(ArrayConfig(), **{field: value})
    assert str(error.value) == message


def test_widest_bus() -> None:
    # Not the 131072 bits of a tile: Amaranth takes 65536 bits in all inputs together.
    sizes = {"lanes": 256, "columns": 256}
    assert ArrayConfig(**sizes, weight_bus_bits=63424).beats_per_tile == 3
    with pytest.raises(InputError) as error:
        ArrayConfig(**sizes, weight_bus_bits=63425)
    assert str(error.value) == "weight_bus_bits must be an int from 2 to 63424, not 63425"


def test_no_sum_for_no_reduction() -> None:
    with pytest.raises(InputError) as error:
        accumulator_width_for(0)
    assert str(error.value) == "reduction must be a positive int, not 0"


def test_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        ArrayConfig().lanes = 3  # type: ignore[misc]
