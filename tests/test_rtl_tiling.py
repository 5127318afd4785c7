"""rtl.tiling: the layout of the weight stream, bit by bit against the specification's own words."""

import numpy as np
import pytest
from benches.array_model import Shape, decode, join_fields, split_fields
from hypothesis import given, settings
from hypothesis import strategies as st

from rtl import tiling
from rtl.config import ArrayConfig, code_size
from rtl.tiling import pack_weight_bytes, pack_weights, pad_activations
from workloads.errors import InputError


def make_config(lanes: int, columns: int, bus: int, packing: str = "two-bit") -> ArrayConfig:
    packing, _, group = packing.partition(" ")
    lanes_of_code, bits = code_size(packing, int(group or 1))
    return ArrayConfig(
        style="table" if group else "tree",
        group=int(group or 1),
        packing=packing,
        lanes=lanes,
        columns=columns,
        weight_bus_bits=min(max(bus, bits), -(-lanes // lanes_of_code) * columns * bits),
    )


def unpack(words: np.ndarray, config: ArrayConfig) -> np.ndarray:
    """Return the weights [C, L] of a tile, or None for those of an illegal code."""
    shape = Shape.of(config)
    string = sum(int(word) << (64 * i) for i, word in enumerate(words))
    beats = split_fields(string, shape.W, shape.B)
    assert string == join_fields(beats, shape.W)
    weights = [[None] * shape.L for _ in range(shape.C)]
    for u in range(shape.S):
        planes = split_fields(beats[u // shape.q], shape.q, shape.b)
        code = sum((plane >> (u % shape.q) & 1) << a for a, plane in enumerate(planes))
        row, column = divmod(u, shape.C)
        for i, weight in enumerate(decode(shape, code) or [None] * shape.h):
            lane = shape.h * row + i
            if lane < shape.L:
                weights[column][lane] = weight
            else:
                assert weight == 0
    return np.array(weights)


def pack_as_hugging_face(w: np.ndarray) -> np.ndarray:
    rows = -(-len(w) // 4)
    packed = np.zeros((rows, w.shape[1]), np.uint8)
    for n, row in enumerate(w):
        packed[n % rows] |= (row + 1).astype(np.uint8) << np.uint8(2 * (n // rows))
    return packed


shapes = st.tuples(
    st.integers(1, 9),  # lanes
    st.sampled_from([1, 3, 8, 13, 64, 70, 130]),  # columns
    st.integers(2, 200),  # bus
    st.integers(1, 140),  # N
    st.integers(1, 20),  # K
    st.sampled_from(["two-bit", "five-trit", "group 2", "group 3"]),
    st.integers(0, 2**32 - 1),  # seed
)


@settings(max_examples=40, deadline=None)
@given(shapes)
def test_tiles_unpack_to_the_matrix(shape: tuple[int, int, int, int, int, str, int]) -> None:
    lanes, columns, bus, n, k, packing, seed = shape
    config = make_config(lanes, columns, bus, packing)
    w = np.random.default_rng(seed).integers(-1, 2, (n, k), np.int8)
    tiles = pack_weights(w, config)
    assert (tiles.n, tiles.k, tiles.config) == (n, k, config)
    bits = config.beats_per_tile * config.weight_bus_bits
    assert tiles.words.shape == (-(-n // columns), -(-k // lanes), -(-bits // 64))
    padded = np.pad(w, ((0, -n % columns), (0, -k % lanes)))
    for i, j in np.ndindex(tiles.words.shape[:2]):
        tile = padded[i * columns : (i + 1) * columns, j * lanes : (j + 1) * lanes]
        assert np.array_equal(unpack(tiles.words[i, j], config), tile)


@settings(max_examples=25, deadline=None)
@given(shapes)
def test_checkpoint_bytes_give_the_same_tiles(
    shape: tuple[int, int, int, int, int, str, int],
) -> None:
    lanes, columns, bus, n, k, packing, seed = shape
    config = make_config(lanes, columns, bus, packing)
    w = np.random.default_rng(seed).integers(-1, 2, (n, k), np.int8)
    tiles = pack_weight_bytes(pack_as_hugging_face(w), n, config)
    assert (tiles.n, tiles.k) == (n, k)
    assert np.array_equal(tiles.words, pack_weights(w, config).words)


def test_bits_of_a_beat_one_by_one() -> None:
    # Two lanes of two columns: codes 0 1 2 3 of (lane, column) (0, 0), (0, 1), (1, 0), (1, 1),
    # three to a beat of seven bits, whose last one is ignored.
    config = make_config(2, 2, 7)
    w = np.array([[1, -1], [0, 1]], np.int8)
    (words,) = pack_weights(w, config).words[0]
    assert [words >> bit & 1 for bit in range(64)] == [
        *(0, 1, 0, 1, 0, 0, 0),  # codes 2 1 0: low bits, high bits
        *(0, 0, 0, 1, 0, 0, 0),  # code 2
        *(64 - 14) * [0],
    ]


@pytest.mark.parametrize(
    ("packing", "weights", "code"),
    [
        ("five-trit", [-1, -1, -1, -1, -1], 0),
        ("five-trit", [1, -1, -1, -1, -1], 2),
        ("five-trit", [1, 1, 1, 1, 1], 242),
        ("five-trit", [0, 0, 0, 0, 1], 202),
        ("group 2", [0, 0], 0),
        ("group 2", [1, -1], 8 + 2),
        ("group 2", [1, 1], 4),
        ("group 3", [0, -1, 1], 6),
        ("group 3", [-1, -1, -1], 16 + 13),
    ],
)
def test_codes(packing: str, weights: list[int], code: int) -> None:
    config = make_config(len(weights), 1, 8, packing)
    assert pack_weights(np.array([weights], np.int8), config).words.ravel().tolist() == [code]


@pytest.mark.parametrize("packing", ["two-bit", "five-trit", "group 2"])
def test_kernels_compiled_and_as_python(packing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    config = make_config(3, 5, 7, packing)
    w = np.random.default_rng(0).integers(-1, 2, (12, 7), np.int8)
    packed = pack_as_hugging_face(w)
    compiled = pack_weights(w, config).words
    for kernel in ("_pack_tiles", "_read_trits", "_join_trits", "_put_codes"):
        monkeypatch.setattr(tiling, kernel, getattr(tiling, kernel).py_func)
    with np.errstate(over="ignore"):  # uint8 255 + 1 wraps to code 0
        assert np.array_equal(pack_weights(w, config).words, compiled)
        assert np.array_equal(pack_weight_bytes(packed, 12, config).words, compiled)


def test_weights_in_any_memory_order() -> None:
    config = make_config(4, 8, 16)
    w = np.random.default_rng(0).integers(-1, 2, (20, 30), np.int8)
    expected = pack_weights(w[::2, ::3].copy(), config).words
    assert np.array_equal(pack_weights(w[::2, ::3], config).words, expected)
    assert np.array_equal(pack_weights(np.asfortranarray(w[::2, ::3]), config).words, expected)


def test_a_large_matrix_is_held_once() -> None:
    config = ArrayConfig()
    tiles = pack_weights(np.ones((1000, 1000), np.int8), config)
    assert tiles.words.nbytes == 16 * 16 * config.tile_bits // 8


@pytest.mark.parametrize("k", [1, 63, 64, 65, 128])
def test_activations_are_padded_with_zeros(k: int) -> None:
    x = np.random.default_rng(k).integers(-128, 128, (3, k), np.int8)
    padded = pad_activations(x, ArrayConfig(lanes=64))
    assert padded.shape == (3, -(-k // 64) * 64)
    assert padded.dtype == np.int8
    assert padded.flags.c_contiguous
    assert np.array_equal(padded[:, :k], x)
    assert not padded[:, k:].any()


@pytest.mark.parametrize(
    ("w", "message"),
    [
        (np.array([[0, 1], [1, 2]], np.int8), "w must be -1, 0 or 1, not 2 at [1, 1]"),
        (np.array([[0, -128]], np.int8), "w must be -1, 0 or 1, not -128 at [0, 1]"),
        (np.array([[0, -2]], np.int8), "w must be -1, 0 or 1, not -2 at [0, 1]"),
        (np.ones((2, 2), np.float32), "w must be a matrix of int8, not float32 [2, 2]"),
        (np.ones(3, np.int8), "w must be a matrix of int8, not int8 [3]"),
        (np.ones((0, 3), np.int8), "w must be a matrix of int8, not int8 [0, 3]"),
        ([[1]], "w must be a matrix of int8, not list"),
    ],
)
def test_bad_weights(w: np.ndarray, message: str) -> None:
    with pytest.raises(InputError) as error:
        pack_weights(w, ArrayConfig())
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("packed", "n", "message"),
    [
        (np.ones((2, 2), np.int8), 8, "packed must be a matrix of uint8, not int8 [2, 2]"),
        (np.ones((2, 2), np.uint8), 9, "packed must have ceil(n / 4) = 3 rows, not 2"),
        (np.ones((2, 2), np.uint8), 0, "n must be a positive int, not 0"),
        (
            np.array([[0, 0], [0, 0b00110101]], np.uint8),
            7,
            "packed must hold codes 0, 1 or 2, not 3 for w[5, 1]",
        ),
    ],
)
def test_bad_checkpoint_bytes(packed: np.ndarray, n: int, message: str) -> None:
    with pytest.raises(InputError) as error:
        pack_weight_bytes(packed, n, ArrayConfig())
    assert str(error.value) == message


def test_code_3_in_a_row_that_only_pads_is_no_error() -> None:
    packed = np.full((1, 2), 0b11010101, np.uint8)
    assert pack_weight_bytes(packed, 3, make_config(2, 4, 8)).n == 3


def test_bad_activations() -> None:
    with pytest.raises(InputError) as error:
        pad_activations(np.ones((2, 2), np.int16), ArrayConfig())
    assert str(error.value) == "x must be a matrix of int8, not int16 [2, 2]"
