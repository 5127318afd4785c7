"""rtl.fpga.host: the driver and the compiled board behind a terminal, end to end."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from rtl.config import ArrayConfig
from rtl.fpga.board import BoardConfig
from rtl.fpga.host import RemoteArray
from rtl.fpga.line import BoardError
from rtl.fpga.simulated_board import SimulatedBoard
from workloads.errors import InputError

serial = pytest.importorskip("serial", reason="needs the extra board")

TREE = ArrayConfig(
    lanes=4, columns=4, token_depth=3, accumulator_width=16, weight_bus_bits=6, clock_mhz=12.0
)
TABLE = replace(
    TREE, style="table", group=2, packing="group", strip_depth=2, weight_bus_bits=9, lanes=5
)


def settings(array: ArrayConfig) -> BoardConfig:
    return BoardConfig(array=array, baud=3_000_000, window=64)


@pytest.fixture(scope="module")
def board() -> Iterator[SimulatedBoard]:
    with SimulatedBoard(settings(TREE)) as simulated:
        yield simulated


@pytest.fixture
def line(board: SimulatedBoard) -> Iterator["serial.Serial"]:
    with serial.Serial(board.port, timeout=0.02) as port:
        yield port


def draw(seed: int, m: int, n: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.integers(-128, 128, (m, k), dtype=np.int8)
    return x, rng.integers(-1, 2, (n, k), dtype=np.int8)


def multiply(x: np.ndarray, w: np.ndarray) -> list[list[int]]:
    return (x.astype(np.int64) @ w.T.astype(np.int64)).tolist()


def test_the_board_says_what_it_is(line: "serial.Serial") -> None:
    assert RemoteArray(line).config == TREE


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 4, 4), (4, 5, 9), (7, 9, 30)])
def test_matmuls_are_exact(line: "serial.Serial", shape: tuple[int, int, int]) -> None:
    array = RemoteArray(line)
    x, w = draw(0, *shape)
    run = array.run(x, w)
    assert run.y.tolist() == multiply(x, w)
    assert not run.error and run.cycles > 0
    assert run.bytes_sent > w.size / 4 and run.bytes_received > 2 * run.y.size


def test_extremes(line: "serial.Serial") -> None:
    x = np.full((2, 200), -128, np.int8)
    for sign in (-1, 1):
        w = np.full((3, 200), sign, np.int8)
        assert RemoteArray(line).run(x, w).y.tolist() == multiply(x, w)


def test_what_was_cut_off_leaves_no_trace(line: "serial.Serial") -> None:
    x, w = draw(1, 4, 5, 9)
    array = RemoteArray(line)
    command = bytes([1, 4, 0, 2, 0, 3, 0, 0xC0])
    for rubbish in (b"\x02\x01", command + b"\x02" + bytes(30), b"\x42\x42\xdb", bytes(300)):
        line.write(rubbish)
        array = RemoteArray(line)
        assert array.run(x, w).y.tolist() == multiply(x, w)


def test_a_table_array_behind_the_link() -> None:
    x, w = draw(2, 4, 13, 17)
    with SimulatedBoard(settings(TABLE)) as board, serial.Serial(board.port, timeout=0.02) as line:
        array = RemoteArray(line)
        assert array.config == TABLE
        assert array.run(x, w).y.tolist() == multiply(x, w)


@pytest.mark.parametrize(
    ("x", "w", "message"),
    [
        (np.zeros((1, 2)), np.zeros((1, 2), np.int8), "x must be a matrix of int8, not float64"),
        (np.zeros((1, 2), np.int8), np.zeros((1, 3), np.int8), "x and w must have the same K"),
        (np.zeros((1, 2), np.int8), np.full((1, 2), 2, np.int8), "w must be -1, 0 or 1, not 2"),
        (
            np.zeros((1, 300), np.int8),
            np.zeros((1, 300), np.int8),
            "K must be an int from 1 to 255",
        ),
    ],
)
def test_bad_operands_are_refused(
    line: "serial.Serial", x: np.ndarray, w: np.ndarray, message: str
) -> None:
    with pytest.raises(InputError, match=f"^{message}"):
        RemoteArray(line).run(x, w)


def test_silence_is_an_error(tmp_path_factory: pytest.TempPathFactory) -> None:
    class Silent:
        in_waiting = 0

        def read(self, size: int) -> bytes:
            return b""

        def write(self, data: bytes) -> int:
            return len(data)

    with pytest.raises(BoardError, match=r"^the board must answer within 0\.1 s, not stay silent"):
        RemoteArray(Silent(), patience_s=0.1)


class Noisy:
    """A line that flips a bit of one byte on its way to the board."""

    def __init__(self, line: "serial.Serial") -> None:
        self._line, self.spoil = line, -1

    @property
    def in_waiting(self) -> int:
        return self._line.in_waiting

    def read(self, size: int) -> bytes:
        return self._line.read(size)

    def write(self, data: bytes) -> int:
        changed = bytearray(data)
        if 0 <= self.spoil < len(changed):
            changed[self.spoil] ^= 1
        self.spoil = max(-1, self.spoil - len(data))
        self._line.write(bytes(changed))
        return len(data)


def test_a_changed_byte_is_found(line: "serial.Serial") -> None:
    noisy = Noisy(line)
    array = RemoteArray(noisy, patience_s=0.5)
    x, w = draw(3, 3, 4, 4)
    noisy.spoil = 20  # among the weights and activations
    with pytest.raises(BoardError):
        array.run(x, w)


def test_malformed_frames_are_told(line: "serial.Serial") -> None:
    array = RemoteArray(line)
    line.write(b"\x01\x01\xc0")  # a sixth of a command
    with pytest.raises(BoardError, match=r"^the board says malformed: bytes were lost"):
        array.run(*draw(4, 1, 1, 1))
