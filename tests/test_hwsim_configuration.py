"""From an architect's numbers to an array: what is chosen, and what is refused in which words."""

import pytest

from hwsim.configuration import configure_array, describe_array
from workloads.errors import InputError


def test_defaults_of_each_style() -> None:
    for style, packing, group, strip, bits in (
        ("tree", "two-bit", 1, 1, 2048),
        ("systolic", "two-bit", 1, 1, 2048),
        ("table", "group", 3, 16, 2048),
    ):
        config = configure_array(8640, style=style)
        chosen = config.packing, config.group, config.strip_depth, config.weight_bus_bits
        assert chosen == (packing, group, strip, bits)
        assert config.accumulator_width == 22


def test_a_slot_of_the_default_strip_hides_the_writing_of_tables() -> None:
    config = configure_array(8640, style="table")
    assert config.strip_depth >= (3**config.group - 1) // 2 + 1


@pytest.mark.parametrize(
    ("packing", "tile_bits"),
    [("two-bit", 8192), ("five-trit", 8 * 13 * 64), ("group", 5 * 22 * 64)],
)
def test_the_bus_takes_a_tile_at_most(packing: str, tile_bits: int) -> None:
    style = "table" if packing == "group" else "tree"
    config = configure_array(64, style=style, packing=packing, bandwidth_gb_s=1e6)
    assert config.weight_bus_bits == tile_bits
    assert config.beats_per_tile == 1


def test_any_bandwidth_gives_a_tile_at_most() -> None:
    for bandwidth, clock in ((1e308, 1000.0), (256.0, 1e-306)):
        config = configure_array(64, lanes=2, columns=3, bandwidth_gb_s=bandwidth, clock_mhz=clock)
        assert config.weight_bus_bits == 2 * 2 * 3


def test_an_array_in_a_line() -> None:
    config = configure_array(64, style="table", lanes=16, columns=8, packing="five-trit")
    assert describe_array(config) == (
        "table of groups of 3, strips of 16, 16 lanes x 8 columns, 15-bit accumulators, 1000 MHz, "
        "32 GB/s of weights in five-trit codes, 2 bits a weight"
    )
    tree = configure_array(8640, lanes=80, packing="five-trit")
    assert describe_array(tree).endswith(
        "256 GB/s of weights in five-trit codes, 1.6 bits a weight"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"lanes": 0}, "lanes must be an int from 1 to 4096, not 0"),
        ({"lanes": 99999}, "lanes must be an int from 1 to 4096, not 99999"),
        ({"columns": 0}, "columns must be an int from 1 to 2048, not 0"),
        ({"token_depth": 0}, "token_depth must be an int from 1 to 65535, not 0"),
        ({"clock_mhz": 0.0}, "clock must be a finite number above 0, not 0.0"),
        ({"bandwidth_gb_s": -1.0}, "bandwidth must be a finite number above 0, not -1.0"),
        (
            {"bandwidth_gb_s": 0.1},
            "bandwidth must give at least 2 bits a cycle: 0.25 GB/s at 1000 MHz, not 0.1",
        ),
        (
            {"bandwidth_gb_s": 0.9, "packing": "five-trit"},
            "bandwidth must give at least 8 bits a cycle: 1 GB/s at 1000 MHz, not 0.9",
        ),
        (
            {"bandwidth_gb_s": 0.5, "style": "table"},
            "bandwidth must give at least 5 bits a cycle: 0.625 GB/s at 1000 MHz, not 0.5",
        ),
        ({"style": "grid"}, "style must be one of tree, table, systolic, not 'grid'"),
        ({"packing": "1.6"}, "packing must be one of two-bit, five-trit, group, not '1.6'"),
        (
            {"packing": "group"},
            "packing must be one of two-bit, five-trit for style = 'tree', not 'group'",
        ),
        ({"group": 3}, "group must be 1 for style = 'tree', not 3"),
        (
            {"style": "table", "group": 4},
            "group must be an int from 2 to 3 for style = 'table', not 4",
        ),
        (
            {"style": "table", "group": 0},
            "group must be an int from 2 to 3 for style = 'table', not 0",
        ),
        ({"strip_depth": 2}, "strip_depth must be 1 for style = 'tree', not 2"),
        (
            {"style": "table", "strip_depth": 0},
            "strip_depth must be an int from 1 to 65536 for style = 'table', not 0",
        ),
        (
            {"style": "table", "strip_depth": 2048},
            r"token_depth \* strip_depth must be at most 65536, not 131072",
        ),
        (
            {"style": "systolic", "tree_registers": 1},
            "tree_registers must be 0 for style = 'systolic', not 1",
        ),
        (
            {"tree_registers": 17},
            "tree_registers must be an int from 0 to 16 for style = 'tree', not 17",
        ),
        ({"reduction": 0}, "reduction must be an int from 1 to 16777215, not 0"),
        ({"reduction": 2**24}, "reduction must be an int from 1 to 16777215, not 16777216"),
    ],
)
def test_impossible_arrays(arguments: dict, message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}$"):
        configure_array(**({"reduction": 64} | arguments))
