"""The folds of a matmul on an array: the loop nest of docs/specification.md, listed and counted."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from rtl.config import MAX_TOKENS, ArrayConfig
from workloads.errors import InputError, require_int

MAX_TILES = 65535  # column or lane tiles of a matmul, by the width of the command


class Fold(NamedTuple):
    """One load of the array: a slot for each of `tokens`, in it an issue for each of `tiles`."""

    tokens: int
    tiles: int


@dataclass(frozen=True, kw_only=True)
class FoldNest:
    """The nest of y[M, N] = x[M, K] @ w[N, K].T.

    Attributes
    ----------
    tokens : M.
    column_tiles, lane_tiles : Nt and Kt, tiles of the padded weights.
    token_depth, strip_depth : T and D, tokens of a block and column tiles of a strip at most.
    """

    tokens: int
    column_tiles: int
    lane_tiles: int
    token_depth: int
    strip_depth: int

    @property
    def blocks(self) -> int:
        """Token blocks."""
        return -(-self.tokens // self.token_depth)

    @property
    def strips(self) -> int:
        """Strips of column tiles, each a block's."""
        return -(-self.column_tiles // self.strip_depth)

    @property
    def first(self) -> Fold:
        """The first fold."""
        return Fold(min(self.tokens, self.token_depth), min(self.column_tiles, self.strip_depth))

    @property
    def last(self) -> Fold:
        """The last fold: what remains of the tokens, and of the tiles."""
        return Fold(
            self.tokens - (self.blocks - 1) * self.token_depth,
            self.column_tiles - (self.strips - 1) * self.strip_depth,
        )

    def __len__(self) -> int:
        return self.blocks * self.strips * self.lane_tiles

    def __iter__(self) -> Iterator[Fold]:
        """Yield all folds in their order."""
        for block in range(self.blocks):
            tokens = self.first.tokens if block < self.blocks - 1 else self.last.tokens
            for strip in range(self.strips):
                tiles = self.first.tiles if strip < self.strips - 1 else self.last.tiles
                for _ in range(self.lane_tiles):
                    yield Fold(tokens, tiles)

    def count_successions(self) -> Iterator[tuple[int, Fold, int]]:
        """Yield how often a fold is followed by one of so many tiles: times, fold, tiles.

        The first fold counts as the last one's successor, so the times add up to all folds.
        """
        whole, rest = self.first.tiles, self.last.tiles
        pairs = (
            ((self.strips - 1) * self.lane_tiles - (self.strips > 1), whole, whole),
            (int(self.strips > 1), whole, rest),
            (self.lane_tiles - 1, rest, rest),
            (1, rest, whole),
        )
        for blocks, tokens in ((self.blocks - 1, self.first.tokens), (1, self.last.tokens)):
            for times, tiles, next_tiles in pairs:
                if blocks * times:
                    yield blocks * times, Fold(tokens, tiles), next_tiles


def nest_folds(config: ArrayConfig, m: int, n: int, k: int) -> FoldNest:
    """Return the nest of a matmul (M, N, K) on the array `config`.

    Raises InputError if a dimension is not a positive int, or too large for the array's command or
    accumulator.
    """
    require_int("m", m, 1, MAX_TOKENS)
    require_int("n", n, 1, MAX_TILES * config.columns)
    require_int("k", k, 1, MAX_TILES * config.lanes)
    if k > config.max_reduction:
        raise InputError(
            f"k must be at most {config.max_reduction} for accumulator_width = "
            f"{config.accumulator_width}, not {k}"
        )
    return FoldNest(
        tokens=m,
        column_tiles=-(-n // config.columns),
        lane_tiles=-(-k // config.lanes),
        token_depth=config.token_depth,
        strip_depth=config.strip_depth,
    )
