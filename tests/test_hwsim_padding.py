"""hwsim.padding: who gains nothing from five-trit codes is told, with lanes that do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwsim.configuration import configure_array
from hwsim.padding import describe_padding, list_whole_lanes
from hwsim.simulation import simulate
from hwsim.summary import print_summary
from rtl.config import MAX_LANES


def test_lanes_that_pad_are_told_the_nearest_that_do_not() -> None:
    config = configure_array(8640, packing="five-trit")
    assert (config.lanes, config.memory_bandwidth_gb_s) == (64, 256)
    hint = describe_padding(config)
    assert hint is not None
    assert "4 beats a tile, as two-bit has; 60 or 80 lanes pad nothing" in hint
    for lanes in (60, 80):
        whole = configure_array(8640, lanes=lanes, packing="five-trit")
        assert whole.beats_per_tile * whole.weight_bus_bits == 1.6 * lanes * whole.columns
        assert describe_padding(whole) is None


@pytest.mark.parametrize("packing", ["two-bit", "five-trit"])
def test_no_hint_without_need(packing: str) -> None:
    assert describe_padding(configure_array(8640, lanes=80, packing=packing)) is None
    table = configure_array(8640, style="table")
    assert describe_padding(table) is None


def test_a_single_lane() -> None:
    config = configure_array(1, lanes=1, columns=1, packing="five-trit", bandwidth_gb_s=1)
    assert describe_padding(config) == (
        "padding takes what five-trit saves: 1 beat a tile, as two-bit has; 5 lanes pad nothing"
    )


def test_a_bandwidth_for_which_no_lanes_are_whole() -> None:
    config = configure_array(64, lanes=64, columns=1001, packing="five-trit", bandwidth_gb_s=1024)
    assert list_whole_lanes(config) == []
    hint = describe_padding(config)
    assert hint is None or hint.endswith("at this bandwidth no lanes pad nothing")


@given(
    lanes=st.integers(1, 300),
    columns=st.integers(1, 100),
    bandwidth=st.floats(1, 4000),
)
def test_the_lanes_named_are_the_nearest(lanes: int, columns: int, bandwidth: float) -> None:
    config = configure_array(
        8640, lanes=lanes, columns=columns, packing="five-trit", bandwidth_gb_s=bandwidth
    )

    def pads_nothing(other: int) -> bool:
        return other % 5 == 0 and other // 5 * columns % config.codes_per_beat == 0

    below = (other for other in range(lanes, 0, -1) if pads_nothing(other))
    above = (other for other in range(lanes + 1, MAX_LANES + 1) if pads_nothing(other))
    nearest = [next(below, None), next(above, None)]
    assert list_whole_lanes(config) == [other for other in nearest if other]


def test_the_summary_has_the_hint(capsys: pytest.CaptureFixture) -> None:
    config = configure_array(8640, packing="five-trit")
    print_summary(simulate("3B", config, verify=False))
    assert "\nnote: padding takes what five-trit saves" in capsys.readouterr().out
    print_summary(simulate("3B", verify=False))
    assert "note:" not in capsys.readouterr().out
