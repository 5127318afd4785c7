"""rtl.fpga.memories, parts, alike, fit, capacity, speed: from parameters to cells and a clock."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwsim.fpga_report import describe_estimate
from rtl.config import ArrayConfig
from rtl.fpga.alike import find_rows
from rtl.fpga.capacity import describe_largest, find_largest, require_fit, scale_array
from rtl.fpga.devices import find_device
from rtl.fpga.estimate import estimate
from rtl.fpga.fit import Fit, fit_all, fit_cells, leave_one_out
from rtl.fpga.measurements import LARGEST, Measurement, read_measurements
from rtl.fpga.memories import Memory, list_memories
from rtl.fpga.parts import count_parts
from rtl.fpga.points import find_shape, list_points, shape_array
from rtl.fpga.room import USABLE
from rtl.fpga.speed import estimate_speed
from rtl.fpga.sweep import plan_largest
from workloads.errors import InputError

DEVICE = find_device("ecp5-85k")


def make_row(lanes: int, columns: int, style: str = "tree", **given: object) -> Measurement:
    """Return a made-up measurement: 2 LUTs a bit of adders, a flip-flop a register, and control."""
    config = shape_array("ecp5-85k", style, lanes, columns)
    parts = count_parts(config)
    counts = {"ram_luts": 6 * parts.lut4_rams, "block_rams": 0, "dsps": 0, "fmax_mhz": None}
    luts = 2 * parts.adders + 6 * parts.lut4_rams + 300
    counts |= {"luts": luts, "sites": luts, "flip_flops": parts.registers + 250}
    return Measurement(target="ecp5-85k", config=config, **(counts | given))  # type: ignore[arg-type]


ROWS = [make_row(*size) for size in ((4, 4), (8, 8), (16, 8), (8, 16), (16, 16))]


def test_what_a_memory_becomes() -> None:
    memory = Memory(count=3, words=20, width=22)
    assert memory.lut4_rams == 3 * 2 * 6  # twice 16 words, six times 4 bits
    assert memory.lut6_rams == 3 * 4  # 32 words, four times 6 bits
    assert (memory.block_rams, memory.register_bits) == (3 * 2, 0)
    assert replace(memory, words=33).lut6_rams == 3 * 8  # 64 words of 3 bits
    assert replace(memory, readers=6, width=8).lut6_rams == 3 * 2 * 4
    small = replace(memory, words=2)
    assert (small.block_rams, small.register_bits) == (0, 3 * 2 * 22)
    assert replace(memory, registered=False).register_bits == 3 * 20 * 22


def test_memories_of_an_array() -> None:
    config = ArrayConfig(lanes=4, columns=5, token_depth=6, accumulator_width=14, weight_bus_bits=2)
    sums, queue = list_memories(config)
    assert (sums.count, sums.words, sums.width) == (5, 6, 14)
    assert (queue.count, queue.words, queue.width) == (14, config.result_depth, 5)
    assert not queue.registered
    table = shape_array("ecp5-85k", "table", 8, 8)
    _, _, six, two, codes = list_memories(table)
    assert (six.count, six.words, six.width, six.readers, two.readers) == (4, 16, 8, 6, 2)
    assert codes.count * codes.width == 4 * 8 * (3 + 1) and codes.words == 16


@pytest.mark.parametrize("style", ["tree", "table", "systolic"])
def test_parts_grow_with_the_array(style: str) -> None:
    small, large = (count_parts(shape_array("ecp5-85k", style, n, n)) for n in (8, 16))
    for name in vars(small):
        before, after = getattr(small, name), getattr(large, name)
        assert after == before == 1 if name == "control" else after > before or after == before == 0
    assert small.weights == 64 and small.sums == 8 * 22


def test_a_fit_finds_what_made_the_rows() -> None:
    fits = fit_all(ROWS)
    assert set(fits) == {"luts", "flip_flops", "ram_luts"}  # none has a block RAM
    unseen = make_row(24, 12)
    for kind, fit in fits.items():
        assert fit.kind == kind
        assert fit.find_error(ROWS) < 0.02 and fit.find_error([unseen]) < 0.03
        assert leave_one_out(kind, ROWS) < 0.06
    assert fits["flip_flops"].factors["registers"] == pytest.approx(1, abs=0.01)


def test_a_row_that_was_left_out_tells_the_error() -> None:
    wrong = [*ROWS[:-1], replace(ROWS[-1], luts=2 * ROWS[-1].luts)]
    assert leave_one_out("luts", wrong) > 0.3
    assert fit_cells("luts", ROWS).find_error([wrong[-1]]) == pytest.approx(0.5, abs=0.02)


def test_only_what_is_alike_is_found() -> None:
    rows = find_rows("ecp5-85k", shape_array("ecp5-85k", "table", 4, 4))
    assert {(row.target, row.config.style) for row in rows} == {("ecp5-85k", "table")}
    with pytest.raises(InputError, match=r"^adders must be carry, which was measured on ecp5-85k"):
        find_rows("ecp5-85k", replace(ROWS[0].config, adders="compressor"))
    assert find_rows("ecp5-25k", rows[0].config) == rows


@given(st.integers(1, 60), st.integers(1, 60))
def test_the_largest_is_the_largest(lanes: int, columns: int) -> None:
    config = shape_array("ecp5-85k", "tree", lanes, columns)
    fits = {"luts": Fit(kind="luts", factors={"weights": 20.0, "control": 500.0})}
    largest = find_largest(config, DEVICE, fits)
    assert largest is not None
    larger = scale_array(config, largest.lanes + 1)
    usable = int(USABLE * DEVICE.luts)
    assert fits["luts"].predict(largest) <= usable
    assert larger is None or fits["luts"].predict(larger) > usable
    assert largest.columns == max(1, columns * largest.lanes // lanes)


@pytest.mark.parametrize("target", ["ecp5-25k", "ice40-up5k", "gw1nr-9c"])
def test_the_largest_does_not_depend_on_what_was_asked_for(target: str) -> None:
    device = find_device(target)
    fits = fit_all(find_rows(target, shape_array(device.measured, "tree", 4, 4)))
    largest = {
        (found.lanes, found.columns, found.tree_registers)
        for size in (16, 32, 64, 256)
        if (found := find_largest(shape_array(device.measured, "tree", size, size), device, fits))
    }
    assert len(largest) == 1


def test_deep_memories_are_estimated_with_a_warning() -> None:
    small = shape_array("ecp5-85k", "tree", 4, 4)
    words = max(row.config.token_depth for row in find_rows("ecp5-85k", small))
    assert not estimate("ecp5-85k", replace(small, token_depth=words)).extrapolated
    deep = estimate("ecp5-85k", replace(small, token_depth=4096))
    assert deep.extrapolated and deep.measured_words == words
    assert "; extrapolated: it holds 4,096 words of sums, the measured ones" in describe_estimate(
        deep
    )
    large = shape_array("ecp5-85k", "tree", 32, 32)  # what its memories become is not known
    assert estimate("ecp5-85k", replace(large, token_depth=4096)).luts > 0
    with pytest.raises(InputError, match=r"^array must fit ecp5-85k: tree of 80 x 80 needs about"):
        estimate("ecp5-85k", replace(shape_array("ecp5-85k", "tree", 80, 80), token_depth=4096))


@pytest.mark.parametrize(
    ("style", "changes", "words"),
    [
        ("tree", {"tree_registers": 0}, "tree_registers 0"),
        ("tree", {"packing": "five-trit"}, "packing five-trit"),
        ("table", {"group": 3, "tree_registers": 0}, "group 3 {} tree_registers 0"),
    ],
)
def test_what_is_unlike_all_that_was_measured_has_no_clock(
    style: str, changes: dict[str, Any], words: str
) -> None:
    usual = shape_array("ecp5-85k", style, 8, 8)
    result = estimate("ecp5-85k", replace(usual, **changes))
    assert result.unlike == [*changes] and result.extrapolated and result.speed is None
    told = describe_estimate(result)
    assert f"; extrapolated: none was measured with {words.format('or')}\n" in told
    assert f"no clock: no {style} with {words.format('and')} was routed there\n" in told
    assert estimate("ecp5-85k", usual).unlike == []


def test_gates_in_place_of_resets_are_among_the_luts() -> None:
    small, large = (estimate("ecp5-85k", shape_array("ecp5-85k", "tree", n, n)) for n in (36, 48))
    full = estimate("ecp5-85k", replace(shape_array("ecp5-85k", "tree", 60, 60), tree_registers=2))
    assert small.gates == 0 and "instead of resets" not in describe_estimate(small)
    assert large.gates == 8 * 48 * 48
    assert "a weight, 18,432 of them instead of resets" in describe_estimate(large)
    assert 0 < full.gates < 8 * 60 * 60 and full.luts <= USABLE * DEVICE.luts
    assert estimate("ecp5-85k", shape_array("ecp5-85k", "systolic", 40, 40)).gates == 0


def test_what_does_not_fit_is_refused() -> None:
    fits = {"flip_flops": Fit(kind="flip_flops", factors={"weights": 30.0})}
    config = shape_array("ecp5-85k", "tree", 64, 64)
    expected = (
        "array must fit ecp5-85k: tree of 64 x 64 needs about 122,880 flip-flops of 75,276 "
        "that can be used; the largest of its shape that does is 50 x 50"
    )
    with pytest.raises(InputError) as told:
        require_fit(config, DEVICE, fits)
    assert str(told.value) == expected
    beside = {"flip_flops": 75_240}
    assert describe_largest(config, DEVICE, fits, beside).endswith("that does is 1 x 1")
    beside = {"flip_flops": 75_270}
    assert describe_largest(config, DEVICE, fits, beside) == "none of its shape does"


def test_a_clock_is_that_of_the_nearest() -> None:
    rows = [replace(ROWS[1], fmax_mhz=200.0), replace(ROWS[4], fmax_mhz=160.0), ROWS[0]]
    speed = estimate_speed(rows, shape_array("ecp5-85k", "tree", 12, 16))
    assert speed is not None and (speed.fmax_mhz, speed.size) == (160.0, "16 x 16")
    assert speed.error == 0.25 and speed.routed == 2 and not speed.extrapolated
    assert speed.range_mhz == (160.0, 200.0) and speed.range_weights == (64, 256)
    assert "within 25% of its nearest" in speed.describe()
    beyond = estimate_speed(rows[:1], shape_array("ecp5-85k", "tree", 16, 16))
    assert beyond is not None and beyond.extrapolated and beyond.error is None
    assert "extrapolated from the 8 x 8 array; no other was routed" in beyond.describe()
    assert estimate_speed(rows[2:], rows[2].config) is None


def test_estimates_are_near_the_largest_arrays_too() -> None:
    rows = read_measurements(LARGEST)
    assert {row.target for row in rows} == {"ecp5-85k"}
    errors = []
    for row in rows:
        result = estimate(row.target, row.config)
        assert result.extrapolated and result.larger == len(rows)
        errors.append(abs(result.luts / row.luts - 1))
        assert result.flip_flops == pytest.approx(row.flip_flops, rel=0.01)
    assert result.errors["luts"]["larger"] == pytest.approx(max(errors)) and max(errors) < 0.1
    assert f", {max(errors):.1%} on {len(rows)} larger\n" in describe_estimate(result)
    other = estimate("ecp5-85k", shape_array("ecp5-85k", "table", 8, 8))
    assert other.larger == 0 and other.errors["luts"]["larger"] is None
    assert "larger" not in describe_estimate(other)


def test_a_large_array_has_the_clock_of_the_largest() -> None:
    largest = max(read_measurements(LARGEST), key=lambda row: row.weights)
    near = estimate("ecp5-85k", replace(largest.config, token_depth=8)).speed
    assert near is not None and near.fmax_mhz == largest.fmax_mhz and not near.extrapolated
    small = estimate("ecp5-85k", shape_array("ecp5-85k", "tree", 16, 16)).speed
    assert small is not None and small.range_weights[1] == 256  # which it says nothing about
    other = estimate("ecp5-85k", shape_array("ecp5-85k", "systolic", 32, 32)).speed
    assert other is not None and other.size == "16 x 16"


@pytest.mark.parametrize("lanes", ["8", 2.5, 0])
def test_a_shape_is_of_lanes_that_there_can_be(lanes: object) -> None:
    with pytest.raises(InputError, match=r"^lanes must be an int from 1 to 4096, not "):
        find_shape("ecp5-85k", "tree", lanes)  # type: ignore[arg-type]


def test_points() -> None:
    points = list(list_points())
    assert len({(point.target, point.config) for point in points}) == len(points)
    for target in {point.target for point in points}:
        for style in ("tree", "table", "systolic"):
            alike = [p for p in points if (p.target, p.config.style) == (target, style)]
            assert sum(not point.held_out for point in alike) >= 8
            assert sum(point.held_out for point in alike) == 3
    assert not any(point.route and point.held_out for point in points)


def test_the_largest_array_that_is_measured() -> None:
    point = plan_largest("ecp5-85k")
    assert point.route and point.config.lanes % 4 == 0
    rows = read_measurements(LARGEST)
    assert point.config == max((row.config for row in rows), key=lambda array: array.lanes)
    with pytest.raises(InputError, match=r"^target must be one with open place and route, not xc7"):
        plan_largest("xc7a100t")


def test_weights_alone_can_be_too_many_where_nothing_was_measured() -> None:
    config = ArrayConfig(lanes=256, columns=256)
    text = "tree of 256 x 256 needs about 262,144 flip-flops of 75,276 that"
    with pytest.raises(InputError, match=text):
        require_fit(config, find_device("ecp5-85k"), {})
    require_fit(replace(config, lanes=64), find_device("ecp5-85k"), {})
