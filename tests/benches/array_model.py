"""What docs/specification.md says of the array's streams, in Python and NumPy; no code of rtl/."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Shape:
    """The parameters of an array by the specification's letters."""

    L: int
    C: int
    T: int
    A: int
    W: int
    r: int

    @classmethod
    def of(cls, config: Any) -> "Shape":
        return cls(
            config.lanes,
            config.columns,
            config.token_depth,
            config.accumulator_width,
            config.weight_bus_bits,
            config.tree_registers,
        )

    @property
    def B(self) -> int:
        return -(-2 * self.L * self.C // self.W)

    def tiles(self, m: int, n: int, k: int) -> tuple[int, int, int]:
        """The command of a matmul: tokens, column tiles, lane tiles."""
        return m, -(-n // self.C), -(-k // self.L)

    def blocks(self, tokens: int) -> list[int]:
        return [min(self.T, tokens - first) for first in range(0, tokens, self.T)]

    def cycles(self, tokens: int, column_tiles: int, lane_tiles: int) -> int:
        folds = [size for size in self.blocks(tokens) for _ in range(column_tiles * lane_tiles)]
        return self.B + 1 + sum(max(f, self.B) for f in folds[:-1]) + folds[-1] + self.r + 2


def join_fields(fields: Iterable[int], width: int) -> int:
    return sum((field & ((1 << width) - 1)) << (width * i) for i, field in enumerate(fields))


def split_fields(value: int, width: int, count: int) -> list[int]:
    return [value >> (width * i) & ((1 << width) - 1) for i in range(count)]


def weight_beats(shape: Shape, tokens: int, w: np.ndarray) -> Iterator[int]:
    """Yield the weight beats of a matmul of `tokens` tokens."""
    padded = pad(w, shape.C, shape.L)
    for _ in shape.blocks(tokens):
        for n in range(0, padded.shape[0], shape.C):
            for k in range(0, padded.shape[1], shape.L):
                tile = padded[n : n + shape.C, k : k + shape.L]
                yield from split_fields(tile_string(shape, tile), shape.W, shape.B)


def tile_string(shape: Shape, tile: np.ndarray) -> int:
    lanes = []
    for lane in tile.T:
        codes = [int(weight) + 1 for weight in lane]
        low = join_fields([code & 1 for code in codes], 1)
        high = join_fields([code >> 1 for code in codes], 1)
        lanes.append(low | high << shape.C)
    return join_fields(lanes, 2 * shape.C)


def activation_beats(shape: Shape, x: np.ndarray, column_tiles: int) -> Iterator[int]:
    """Yield the activation beats of a matmul whose output has `column_tiles` tiles."""
    padded = pad(x, 1, shape.L)
    first = 0
    for size in shape.blocks(len(x)):
        for _ in range(column_tiles):
            for k in range(0, padded.shape[1], shape.L):
                for token in padded[first : first + size, k : k + shape.L]:
                    yield join_fields([int(value) for value in token], 8)
        first += size


def pad(matrix: np.ndarray, rows: int, columns: int) -> np.ndarray:
    height, width = matrix.shape
    return np.pad(matrix, ((0, -height % rows), (0, -width % columns)))


def read_result(shape: Shape, beat: int) -> list[int]:
    """Return the C sums of a result beat."""
    planes = split_fields(beat, shape.C, shape.A)
    sums = [join_fields([plane >> column & 1 for plane in planes], 1) for column in range(shape.C)]
    return [total - (total >> (shape.A - 1) << shape.A) for total in sums]


def collect_rows(shape: Shape, rows: Iterator[list[int]], m: int, n: int) -> np.ndarray:
    """Return y[m, n] from the result beats of a matmul, in the order of the loop nest."""
    y = np.zeros((m, n + -n % shape.C), np.int64)
    first = 0
    for size in shape.blocks(m):
        for column in range(0, n, shape.C):
            for token in range(first, first + size):
                y[token, column : column + shape.C] = next(rows)
        first += size
    return y[:, :n]


class ArrayModel:
    """The array without time: what its input monitors saw goes in, expected results come out."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.expected: deque[list[int]] = deque()
        self._weights: deque[int] = deque()
        self._activations: deque[int] = deque()
        self._work: Iterator[None] = iter(())

    def command(self, beat: int) -> None:
        assert next(self._work, "done") == "done", "a command while the last matmul is unfinished"
        assert not self._weights and not self._activations, "a matmul took too many beats"
        self._work = self._run(*split_fields(beat, 16, 3))

    def weights(self, beat: int) -> None:
        self._weights.append(beat)
        next(self._work)

    def activations(self, beat: int) -> None:
        self._activations.append(beat)
        next(self._work)

    def _run(self, tokens: int, column_tiles: int, lane_tiles: int) -> Iterator[None]:
        # Yields when it needs another beat of either stream.
        shape = self.shape
        for size in shape.blocks(tokens):
            for _ in range(column_tiles):
                sums = np.zeros((size, shape.C), np.int64)
                for k in range(lane_tiles):
                    while len(self._weights) < shape.B:
                        yield
                    tile = self._read_tile([self._weights.popleft() for _ in range(shape.B)])
                    for m in range(size):
                        while not self._activations:
                            yield
                        fields = split_fields(self._activations.popleft(), 8, shape.L)
                        sums[m] += tile @ np.array(fields, np.uint8).view(np.int8).astype(np.int64)
                        if k == lane_tiles - 1:
                            self.expected.append(sums[m].tolist())
        yield

    def _read_tile(self, beats: list[int]) -> np.ndarray:
        shape = self.shape
        lanes = split_fields(join_fields(beats, shape.W), 2 * shape.C, shape.L)
        codes = [
            [(lane >> c & 1) + 2 * (lane >> (shape.C + c) & 1) for lane in lanes]
            for c in range(shape.C)
        ]
        return np.array(codes, np.int64) - 1
