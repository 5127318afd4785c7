"""rtl.compiled: whole matmuls on small arrays, every output and cycle; the cache of builds."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtl import library
from rtl.compiled import ArrayError, CompiledArray, MatmulRun, Stalls
from rtl.config import ArrayConfig
from rtl.library import find_verilog
from rtl.tiling import pack_weights
from workloads.errors import InputError

#: Nothing divides anything: the bus cuts through lanes, tiles and words.
ODD = ArrayConfig(
    lanes=7, columns=5, token_depth=3, accumulator_width=17, weight_bus_bits=11, tree_registers=2
)
#: More columns than a word, a whole tile in one beat.
WIDE = ArrayConfig(
    lanes=8, columns=72, token_depth=8, accumulator_width=32, weight_bus_bits=1152, tree_registers=0
)


@pytest.fixture(scope="module")
def odd() -> Iterator[CompiledArray]:
    with CompiledArray(ODD) as array:
        yield array


@pytest.fixture(scope="module")
def wide() -> Iterator[CompiledArray]:
    with CompiledArray(WIDE) as array:
        yield array


@pytest.fixture(params=[ODD, WIDE], ids=["odd", "wide"])
def array(request: pytest.FixtureRequest, odd: CompiledArray, wide: CompiledArray) -> CompiledArray:
    return odd if request.param is ODD else wide


def draw_operands(m: int, n: int, k: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    return draw.integers(-128, 128, (m, k), np.int8), draw.integers(-1, 2, (n, k), np.int8)


def multiply(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    return x.astype(np.int64) @ w.T.astype(np.int64)


def count_cycles(config: ArrayConfig, m: int, n: int, k: int) -> int:
    """The formula of docs/specification.md, fold by fold."""
    beats = -(-2 * config.lanes * config.columns // config.weight_bus_bits)
    folds_of_a_block = -(-n // config.columns) * -(-k // config.lanes)
    folds = []
    for first in range(0, m, config.token_depth):
        folds += [min(config.token_depth, m - first)] * folds_of_a_block
    waits = sum(max(tokens, beats) for tokens in folds[:-1])
    return beats + 1 + waits + folds[-1] + config.tree_registers + 2


def check_run(run: MatmulRun, x: np.ndarray, w: np.ndarray) -> None:
    assert run.y.dtype == np.int32
    assert np.array_equal(run.y, multiply(x, w))
    assert not run.error


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 20),
    st.integers(1, 160),
    st.integers(1, 60),
    st.integers(0, 2**32 - 1),
)
def test_random_matmuls(
    odd: CompiledArray, wide: CompiledArray, m: int, n: int, k: int, seed: int
) -> None:
    x, w = draw_operands(m, n, k, seed)
    for array in (odd, wide):
        run = array.run(x, w)
        check_run(run, x, w)
        assert run.cycles == count_cycles(array.config, m, n, k)
        assert run.stall_cycles == {"weights": 0, "activations": 0, "results": 0}


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(st.integers(1, 12), st.integers(1, 80), st.integers(1, 30)),
    st.tuples(*[st.sampled_from([0.0, 0.1, 0.5, 0.9])] * 3),
    st.integers(0, 2**32 - 1),
)
def test_random_stalls_delay_but_change_nothing(
    odd: CompiledArray,
    wide: CompiledArray,
    shape: tuple[int, int, int],
    odds: tuple[float, float, float],
    seed: int,
) -> None:
    x, w = draw_operands(*shape, seed)
    stalls = Stalls(weights=odds[0], activations=odds[1], results=odds[2], seed=seed)
    for array in (odd, wide):
        run = array.run(x, w, stalls)
        check_run(run, x, w)
        least = count_cycles(array.config, *shape)
        assert least <= run.cycles <= least + sum(run.stall_cycles.values())


@pytest.mark.parametrize("stream", ["weights", "activations", "results"])
def test_stalls_of_one_stream(array: CompiledArray, stream: str) -> None:
    x, w = draw_operands(9, 80, 40)
    stalls = Stalls(**{stream: 0.5}, seed=7)
    run = array.run(x, w, stalls)
    assert [name for name, cycles in run.stall_cycles.items() if cycles] == [stream]
    assert run.cycles > count_cycles(array.config, 9, 80, 40)
    again = array.run(x, w, stalls)
    assert (again.cycles, again.stall_cycles) == (run.cycles, run.stall_cycles)
    assert array.run(x, w, replace(stalls, seed=8)).cycles != run.cycles


@pytest.mark.parametrize("x_value", [-128, -1, 0, 127])
@pytest.mark.parametrize("w_value", [-1, 0, 1])
def test_extremes_at_the_largest_reduction(odd: CompiledArray, x_value: int, w_value: int) -> None:
    k = ODD.max_reduction
    x, w = np.full((4, k), x_value, np.int8), np.full((6, k), w_value, np.int8)
    check_run(odd.run(x, w), x, w)


def test_one_weight(array: CompiledArray) -> None:
    for w_value in (-1, 0, 1):
        x, w = np.array([[-128]], np.int8), np.array([[w_value]], np.int8)
        run = array.run(x, w)
        check_run(run, x, w)
        assert run.cycles == count_cycles(array.config, 1, 1, 1)


def test_a_wrong_reference_is_noticed(array: CompiledArray) -> None:
    x, w = draw_operands(5, 80, 40)
    x[4, 39] = 1
    y = array.run(x, w).y
    w[79, 39] = w[79, 39] % 3 - 1
    assert np.argwhere(y != multiply(x, w)).tolist()[-1] == [4, 79]


def test_an_illegal_code_raises_error_until_the_next_matmul(array: CompiledArray) -> None:
    x, w = draw_operands(2, 80, 20)
    tiles = pack_weights(w, array.config)
    assert not array.run_tiles(x, tiles).error
    # Column 0 of lane 1 of the second lane tile: both bits of its code.
    for bit in (2 * array.config.columns, 3 * array.config.columns):
        tiles.words[0, 1, bit // 64] |= np.uint64(1 << bit % 64)
    assert array.run_tiles(x, tiles).error
    assert not array.run(x, w).error


def test_operands_that_do_not_fit(odd: CompiledArray) -> None:
    x, w = draw_operands(2, 6, 9)
    cases = [
        (x.astype(np.int32), w, "x must be a matrix of int8, not int32 [2, 9]"),
        (x, w.astype(float), "w must be a matrix of int8, not float64 [6, 9]"),
        (x, w + np.int8(2), "w must be -1, 0 or 1, not "),
        (x[:, :8], w, "x and w must have the same K, not 8 and 9"),
        (
            np.zeros((1, 512), np.int8),
            np.zeros((1, 512), np.int8),
            "K must be at most 511 for accumulator_width = 17, not 512",
        ),
        (np.zeros((65536, 9), np.int8), w, "M must be an int from 1 to 65535, not 65536"),
        (
            x,
            np.zeros((5 * 65535 + 1, 9), np.int8),
            "column tiles must be an int from 1 to 65535, not 65536",
        ),
    ]
    for bad_x, bad_w, message in cases:
        with pytest.raises(InputError) as error:
            odd.run(bad_x, bad_w)
        assert str(error.value).startswith(message)
        assert "\n" not in str(error.value)


def test_tiles_of_another_array(odd: CompiledArray) -> None:
    x, w = draw_operands(2, 6, 9)
    with pytest.raises(InputError, match=r"tiles must be packed for ArrayConfig\(.* not for Array"):
        odd.run_tiles(x, pack_weights(w, WIDE))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"weights": 1.0}, "weights must be a probability from 0 to 0.99, not 1.0"),
        ({"results": -0.1}, "results must be a probability from 0 to 0.99, not -0.1"),
        ({"seed": -1}, "seed must be an int from 0 to 4294967295, not -1"),
    ],
)
def test_bad_stalls(arguments: dict[str, float], message: str) -> None:
    with pytest.raises(InputError) as error:
        Stalls(**arguments)  # type: ignore[arg-type]
    assert str(error.value) == message


def test_two_arrays_of_one_build_are_independent(odd: CompiledArray) -> None:
    x, w = draw_operands(5, 9, 20)
    with CompiledArray(ODD) as other:
        other.run(x, -w)
        check_run(odd.run(x, w), x, w)
    check_run(odd.run(x, w), x, w)
    with pytest.raises(InputError, match=r"^array must be open, not closed$"):
        other.run(x, w)
    other.close()


def test_cache(odd: CompiledArray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(find_verilog(ODD), tmp_path)
    copy = Path(shutil.copy(odd.library, tmp_path))
    monkeypatch.setenv("HWSIM_CACHE", str(tmp_path))
    lines: list[str] = []
    CompiledArray(ODD, progress=lines.append).close()
    assert lines == []

    copy.unlink()  # not overwritten: the loader has it mapped
    copy.write_bytes(odd.library.read_bytes()[:-1] + b"?")
    with CompiledArray(ODD, progress=lines.append) as rebuilt:
        assert lines == ["compiling the 7 x 5 array, about 10 s, once"]
        x, w = draw_operands(5, 9, 20)
        check_run(rebuilt.run(x, w), x, w)
    suffixes = [path.suffix for path in tmp_path.iterdir()]
    assert sorted(suffixes) == [*3 * [".lock"], ".o", ".so", ".v"]  # of the runtime, .o


def test_clock_needs_no_other_build(odd: CompiledArray) -> None:
    lines: list[str] = []
    with CompiledArray(replace(ODD, clock_mhz=250.0), progress=lines.append) as slower:
        assert slower.library == odd.library
    assert lines == []


#: Around the array, a port's value replaced: what the driver must notice.
BROKEN = """
module broken(
    input clk, input rst, output busy, output error, output [47:0] cycles,
    input command__valid, output command__ready, input [47:0] command__payload,
    input weights__valid, output weights__ready, input [10:0] weights__payload,
    input activations__valid, output activations__ready, input [55:0] activations__payload,
    output results__valid, input results__ready, output [84:0] results__payload
);
    wire [47:0] inner;
    ternary_array array(.*, .{port}(inner));
    assign {port} = {value};
endmodule
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("port", "value", "message"),
    [
        ("command__ready", "0", "stopped or lost beats in cycle 0"),
        ("results__valid", "0", "stopped or lost beats in cycle "),
        ("weights__ready", "inner && cycles < 20", "stopped or lost beats in cycle "),
        ("results__valid", "1", "stopped or lost beats in cycle 8"),
        ("cycles", "inner + 1", "counted 91 cycles of 90"),
    ],
)
def test_a_broken_array_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: str, value: str, message: str
) -> None:
    intact = library.emit_verilog
    wrapper = BROKEN.replace("{port}", port).replace("{value}", value)
    monkeypatch.setenv("HWSIM_CACHE", str(tmp_path))
    monkeypatch.setattr(library, "emit_verilog", lambda config: intact(config) + wrapper)
    x, w = draw_operands(4, 9, 20)
    with CompiledArray(ODD) as array, pytest.raises(ArrayError, match=message):
        array.run(x, w)
