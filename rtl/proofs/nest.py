"""The loop nest of the specification as a model: counters that go up, as its loops are written."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Mux, Signal, Value

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
    fold : the present place, from the cycle after `start`.
    begins : that very cycle, in which `FoldCounter` is not at any place yet.
    tokens, column_tiles, lane_tiles : M, Nt and Kt.
    command : these three together, steady from the cycle after `start`.
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
        self.begins = Signal(name="nest_begins")
        self.command = Cat(sizes)
        self.tokens, self.column_tiles, self.lane_tiles = sizes
        self.fold = Fold(running=running, m0=places[0], n=places[1], k=places[2])
        after = self.follow(self.fold)
        m.d.sync += self.begins.eq(start)
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
        harness.claim(implies(self.begins, running))
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

    def count_tokens(self, fold: Fold) -> Value:
        """Return the tokens of the fold's block."""
        left = self.tokens - fold.m0
        return Mux(left < self._config.token_depth, left, self._config.token_depth)

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
        """Claim that the registers of the `FoldCounter` at `path` are always at the present place.

        Between nests all its loops are at their last chunk, from where a step goes to the first.
        """
        harness, fold = self._harness, self.fold

        def look(name: str, width: int = 1) -> Signal:
            return harness.probe(f"{path}.{name}", width)

        known = fold.running & ~self.begins
        harness.claim(look("running") == fold.running)
        harness.claim(look("begin") == self.begins)
        harness.claim(implies(known, look("first_tile") == self.is_first(fold)))
        for loop, chunk, place, size in (
            ("blocks", self._config.token_depth, fold.m0, self.tokens),
            ("strips", self._config.strip_depth, fold.n, self.column_tiles),
            ("lanes", 1, fold.k, self.lane_tiles),
        ):
            behind = size - place
            harness.claim(look(f"{loop}.last") == (~known | (behind <= chunk)))
            harness.claim(implies(known, look(f"{loop}.first") == (size <= chunk)))
            ahead = look(f"{loop}.ahead", 18)
            harness.claim(implies(known, ahead == (behind - 2 * chunk - 1)[:18]))
            if chunk > 1:
                bits = (chunk - 1).bit_length()
                for name, items in (("end", behind), ("first_end", size)):
                    items = Mux(items < chunk, items, chunk)
                    harness.claim(implies(known, look(f"{loop}.{name}", bits) == items - 1))
