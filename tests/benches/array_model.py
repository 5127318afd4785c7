"""What docs/specification.md says of the array's streams, in Python and NumPy; no code of rtl/."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise, product
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Shape:
    """The parameters of an array by the specification's letters."""

    style: str
    L: int
    C: int
    T: int
    D: int
    g: int
    A: int
    W: int
    r: int
    packing: str

    @classmethod
    def of(cls, config: Any) -> "Shape":
        return cls(
            config.style,
            config.lanes,
            config.columns,
            config.token_depth,
            config.strip_depth,
            config.group,
            config.accumulator_width,
            config.weight_bus_bits,
            config.tree_registers,
            config.packing,
        )

    @property
    def h(self) -> int:
        return {"two-bit": 1, "five-trit": 5, "group": self.g}[self.packing]

    @property
    def b(self) -> int:
        return {"two-bit": 2, "five-trit": 8, "group": self.g + 2}[self.packing]

    @property
    def q(self) -> int:
        return self.W // self.b

    @property
    def S(self) -> int:
        return -(-self.L // self.h) * self.C

    @property
    def B(self) -> int:
        return -(-self.S // self.q)

    @property
    def E(self) -> int:
        return (3**self.g - 1) // 2 + 1 if self.style == "table" else 0

    @property
    def delta(self) -> int:
        return self.L + self.C - 2 if self.style == "systolic" else 0

    @property
    def latency(self) -> int:
        """Lambda."""
        return {"tree": self.r + 1, "systolic": self.L + self.C - 1, "table": self.r + 2}[
            self.style
        ]

    def slot(self, tiles: int) -> int:
        """p of a strip of so many tiles."""
        return max(tiles, self.E) if self.style == "table" else 1

    def tiles(self, m: int, n: int, k: int) -> tuple[int, int, int]:
        """The command of a matmul: tokens, column tiles, lane tiles."""
        return m, -(-n // self.C), -(-k // self.L)

    def blocks(self, tokens: int) -> list[int]:
        return [min(self.T, tokens - first) for first in range(0, tokens, self.T)]

    def strips(self, column_tiles: int) -> list[range]:
        """The column tiles of each strip."""
        firsts = range(0, column_tiles, self.D)
        return [range(first, min(first + self.D, column_tiles)) for first in firsts]

    def folds(self, tokens: int, column_tiles: int, lane_tiles: int) -> list[tuple[int, int]]:
        """Tokens and tiles (M_f, D_f) of every fold."""
        return [
            (size, len(strip))
            for size in self.blocks(tokens)
            for strip in self.strips(column_tiles)
            for _ in range(lane_tiles)
        ]

    def cycles(self, tokens: int, column_tiles: int, lane_tiles: int) -> int:
        """With streams that never wait."""
        folds = self.folds(tokens, column_tiles, lane_tiles)
        total = max(folds[0][1] * self.B, self.E) + 1
        for (size, tiles), (_, next_tiles) in pairwise(folds):
            total += max(size * self.slot(tiles), self.delta + next_tiles * self.B)
        size, tiles = folds[-1]
        return total + (size - 1) * self.slot(tiles) + tiles + self.latency + 1


def join_fields(fields: Iterable[int], width: int) -> int:
    return sum((field & ((1 << width) - 1)) << (width * i) for i, field in enumerate(fields))


def split_fields(value: int, width: int, count: int) -> list[int]:
    return [value >> (width * i) & ((1 << width) - 1) for i in range(count)]


def weight_beats(shape: Shape, tokens: int, w: np.ndarray) -> Iterator[int]:
    """Yield the weight beats of a matmul of `tokens` tokens; weight 2 makes its code illegal."""
    padded = pad(w, shape.C, shape.L)
    for _ in shape.blocks(tokens):
        for strip in shape.strips(len(padded) // shape.C):
            for k in range(0, padded.shape[1], shape.L):
                for n in strip:
                    tile = padded[n * shape.C : (n + 1) * shape.C, k : k + shape.L]
                    yield from tile_beats(shape, tile)


def tile_beats(shape: Shape, tile: np.ndarray) -> Iterator[int]:
    """Yield the beats of tile[C, L]; all bits that are to be ignored are ones."""
    lanes = pad(tile, 1, shape.h)
    codes = [
        encode(shape, [int(weight) for weight in lanes[column, first : first + shape.h]])
        for first in range(0, lanes.shape[1], shape.h)
        for column in range(shape.C)
    ]
    for first in range(0, len(codes), shape.q):
        beat = (1 << shape.W) - 1
        for place, code in enumerate(codes[first : first + shape.q]):
            for bit in range(shape.b):
                beat ^= (~code >> bit & 1) << (bit * shape.q + place)
        yield beat


def encode(shape: Shape, weights: list[int]) -> int:
    """Return the code of h weights; all its bits are ones if one of the weights is 2."""
    if 2 in weights:
        return (1 << shape.b) - 1
    if shape.packing != "group":
        return sum((weight + 1) * 3**i for i, weight in enumerate(weights))
    value = sum(weight * 3**i for i, weight in enumerate(weights))
    return abs(value) + ((value < 0) << (shape.b - 1))


@cache
def decode(shape: Shape, code: int) -> list[int] | None:
    """Return the h weights of a code, or None if it is illegal."""
    for weights in product((-1, 0, 1), repeat=shape.h):
        if encode(shape, list(weights)) == code:
            return list(weights)
    return None


def activation_beats(shape: Shape, x: np.ndarray, column_tiles: int) -> Iterator[int]:
    """Yield the activation beats of a matmul whose output has `column_tiles` tiles."""
    padded = pad(x, 1, shape.L)
    first = 0
    for size in shape.blocks(len(x)):
        for _ in shape.strips(column_tiles):
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
        for strip in shape.strips(-(-n // shape.C)):
            for token in range(first, first + size):
                for tile in strip:
                    y[token, tile * shape.C : (tile + 1) * shape.C] = next(rows)
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
            for strip in shape.strips(column_tiles):
                sums = np.zeros((size, len(strip), shape.C), np.int64)
                for k in range(lane_tiles):
                    while len(self._weights) < len(strip) * shape.B:
                        yield
                    tiles = [self._take_tile() for _ in strip]
                    for m in range(size):
                        while not self._activations:
                            yield
                        fields = split_fields(self._activations.popleft(), 8, shape.L)
                        lanes = np.array(fields, np.uint8).view(np.int8).astype(np.int64)
                        for n, tile in enumerate(tiles):
                            sums[m, n] += tile @ lanes
                            if k == lane_tiles - 1:
                                self.expected.append(sums[m, n].tolist())
        yield

    def _take_tile(self) -> np.ndarray:
        """Return the weights [C, L] of the next B beats; those of an illegal code are zeros."""
        shape = self.shape
        codes = []
        for _ in range(shape.B):
            planes = split_fields(self._weights.popleft(), shape.q, shape.b)
            codes += [join_fields([plane >> j & 1 for plane in planes], 1) for j in range(shape.q)]
        lanes = [decode(shape, code) or [0] * shape.h for code in codes[: shape.S]]
        tile = np.array(lanes, np.int64).reshape(-1, shape.C, shape.h).transpose(1, 0, 2)
        return tile.reshape(shape.C, -1)[:, : shape.L]
