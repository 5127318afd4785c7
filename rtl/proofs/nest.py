"""The loop nest of the specification as a model: counters that go up, as its loops are written."""

from dataclasses import dataclass

from amaranth.hdl import Mux, Signal, Value

from rtl.config import ArrayConfig
from rtl.proofs.harness import Harness, implies


@dataclass(frozen=True, kw_only=True)
class Fold:
    """A place in the nest; `running` is low behind the last one, and the rest without meaning."""

    running: Value
    m0: Value
    n: Value
    k: Value


class NestModel:
    """`for m0 in range(0, M, T): for n in range(0, Nt, D): for k in range(Kt)`.

    Assumes that a start finds no nest running, and that M, Nt and Kt are at least 1.

    Attributes
    ----------
    fold : the present place.
    tokens, column_tiles, lane_tiles : M, Nt and Kt.
    """

    def __init__(
        self, harness: Harness, *, start: Value, command: Value, advance: Value, config: ArrayConfig
    ) -> None:
        m = harness.module
        self._harness = harness
        self._config = config
        sizes = [Signal(16, name=f"{name}_size", reset_less=True) for name in "mnk"]
        places = [Signal(17, name=f"{name}_place", reset_less=True) for name in "mnk"]
        running = Signal(name="nest_running")
        self.tokens, self.column_tiles, self.lane_tiles = sizes
        self.fold = Fold(running=running, m0=places[0], n=places[1], k=places[2])
        after = self.follow(self.fold)
        with m.If(start):
            m.d.sync += [place.eq(0) for place in places]
            m.d.sync += [size.eq(command.word_select(i, 16)) for i, size in enumerate(sizes)]
            m.d.sync += running.eq(1)
        with m.Elif(advance):
            m.d.sync += [
                place.eq(to) for place, to in zip(places, (after.m0, after.n, after.k), strict=True)
            ]
            m.d.sync += running.eq(after.running)
        harness.assume(implies(start, ~running))
        for i, (place, size) in enumerate(zip(places, sizes, strict=True)):
            harness.assume(implies(start, command.word_select(i, 16) != 0))
            harness.claim(implies(running, place < size))

    def follow(self, fold: Fold) -> Fold:
        """Return the fold after `fold`."""
        carry_n = fold.k + 1 == self.lane_tiles
        n = fold.n + self._config.strip_depth
        carry_m = carry_n & (n >= self.column_tiles)
        m0 = Mux(carry_m, fold.m0 + self._config.token_depth, fold.m0)
        return Fold(
            running=fold.running & (m0 < self.tokens),
            m0=m0[:17],
            n=Mux(carry_m, 0, Mux(carry_n, n, fold.n))[:17],
            k=Mux(carry_n, 0, fold.k + 1)[:17],
        )

    def count_tiles(self, fold: Fold) -> Value:
        """Return the column tiles of the fold's strip."""
        left = self.column_tiles - fold.n
        return Mux(left < self._config.strip_depth, left, self._config.strip_depth)

    def is_first(self, fold: Fold) -> Value:
        """Return whether the fold starts the sums of its strip."""
        return fold.k == 0

    def is_last(self, fold: Fold) -> Value:
        """Return whether the fold completes the sums of its strip."""
        return fold.k + 1 == self.lane_tiles

    def tie(self, path: str) -> None:
        """Claim that the `FoldCounter` at `path` is always at the present place."""
        harness, fold = self._harness, self.fold

        def look(name: str, width: int = 16) -> Signal:
            return harness.probe(f"{path}.{name}", width)

        harness.claim(look("running", 1) == fold.running)
        for found, owed in (
            (look("tokens"), self.tokens - fold.m0),
            (look("columns_left"), self.column_tiles - fold.n),
            (look("lanes_left"), self.lane_tiles - fold.k),
            (look("column_tiles"), self.column_tiles),
            (look("lane_tiles"), self.lane_tiles),
        ):
            harness.claim(implies(fold.running, found == owed))
