"""rtl.axi.registers: a map without holes or overlaps; the manual shows it as it is."""

from pathlib import Path

import pytest

from rtl.axi.registers import (
    ADDRESS_BITS,
    CONTROL_FLAGS,
    REGISTERS,
    STATUS_FLAGS,
    describe_registers,
    list_constants,
    most_lane_tiles,
)
from rtl.config import ArrayConfig

MANUAL = Path(__file__).parents[1] / "docs" / "how-to" / "axi.md"


def test_map() -> None:
    assert [register.offset for register in REGISTERS] == [4 * i for i in range(len(REGISTERS))]
    assert len({register.name for register in REGISTERS}) == len(REGISTERS)
    assert REGISTERS[-1].offset < 1 << ADDRESS_BITS
    for flags in (CONTROL_FLAGS, STATUS_FLAGS):
        assert [flag.bit for flag in flags] == list(range(len(flags)))


def test_constants() -> None:
    config = ArrayConfig(
        style="table", group=3, strip_depth=4, packing="five-trit", weight_bus_bits=512
    )
    constants = list_constants(config)
    assert constants.pop("IDENTITY").to_bytes(4, "big") == b"HWSM"
    assert constants == {
        "VERSION": 0x10000,
        "STYLE": 1,
        "PACKING": 1,
        "LANES": 64,
        "COLUMNS": 64,
        "TOKEN_DEPTH": 64,
        "STRIP_DEPTH": 4,
        "GROUP": 3,
        "ACCUMULATOR_WIDTH": 22,
        "WEIGHT_BUS_BITS": 512,
        "TREE_REGISTERS": 0,
        "BEATS_PER_TILE": 13,
        "MAX_LANE_TILES": 256,
    }
    names = {register.name for register in REGISTERS}
    assert set(constants) | {"IDENTITY"} < names


@pytest.mark.parametrize(
    ("width", "lanes", "most"), [(9, 1, 1), (10, 2, 2), (22, 64, 256), (32, 1, 65535)]
)
def test_most_lane_tiles(width: int, lanes: int, most: int) -> None:
    config = ArrayConfig(lanes=lanes, columns=1, accumulator_width=width, weight_bus_bits=2)
    assert most_lane_tiles(config) == most


def test_manual_has_the_map() -> None:
    assert describe_registers() in MANUAL.read_text(encoding="utf-8")
