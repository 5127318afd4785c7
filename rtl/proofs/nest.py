"""The loop nest of the specification as a model: counters that go up, as its loops are written."""

from dataclasses import dataclass
from typing import Any

from amaranth.hdl import Cat, Mux, ShapeLike, Signal, Value, signed

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

    Drives the members `start` and `nest` of `dut`, if there is one. Assumes that a start finds
    no nest running, that M, Nt and Kt are at least 1, and that the command then stays.

    Attributes
    ----------
    start : a nest begins in the next cycle.
    begins : a nest is in its first cycle, in which fold counters do not yet show its first fold.
    settled : a nest runs, and is not in that cycle.
    fold : the present place.
    tokens, column_tiles, lane_tiles : M, Nt and Kt.
    """

    def __init__(
        self,
        harness: Harness,
        config: ArrayConfig,
        dut: Any | None,
        advance: Value,
        *,
        one_lane_tile: bool = False,
    ) -> None:
        m = harness.module
        self._harness = harness
        self._config = config
        self.start = start = harness.free("start")
        given, changes = harness.free("given", 48), harness.free("changes")
        command = Signal(48, reset_less=True)
        running = Signal(name="nest_running")
        self.begins = begins = Signal(name="nest_begins")
        chunks = (config.token_depth, config.strip_depth, 1)
        fits = (command.word_select(i, 16) <= chunk for i, chunk in enumerate(chunks))
        if dut is not None:
            lasts = ((command.word_select(i, 16) - 1)[:16] for i in range(len(chunks)))
            m.d.comb += [dut.start.eq(start), dut.nest.eq(Cat(*lasts, *fits))]
        m.d.sync += begins.eq(start)
        with m.If(start | changes):
            m.d.sync += command.eq(given)
        self.tokens, self.column_tiles, self.lane_tiles = sizes = [
            command.word_select(i, 16) for i in range(3)
        ]
        if one_lane_tile:
            self.lane_tiles = sizes[2] = Value.cast(1)
        places = [Signal(17, name=f"{name}_place", reset_less=True) for name in "mnk"]
        self.settled = running & ~begins
        self.fold = Fold(running=running, m0=places[0], n=places[1], k=places[2])
        after = self.follow(self.fold)
        with m.If(start):
            m.d.sync += [place.eq(0) for place in places]
            m.d.sync += running.eq(1)
        with m.Elif(advance):
            m.d.sync += [
                place.eq(to) for place, to in zip(places, (after.m0, after.n, after.k), strict=True)
            ]
            m.d.sync += running.eq(after.running)
        harness.assume(implies(start | changes, ~running))
        harness.assume(implies(start, given.word_select(0, 16).bool()))
        harness.assume(implies(start, given.word_select(1, 16).bool()))
        harness.assume(implies(start, given.word_select(2, 16).bool()))
        harness.claim(implies(begins, running & ((places[0] | places[1] | places[2]) == 0)))
        for place, size in zip(places, sizes, strict=True):
            harness.claim(implies(running, place < size))

    def follow(self, fold: Fold) -> Fold:
        """Return the fold after `fold`."""
        carry_n = self.is_last(fold)
        n = fold.n + self._config.strip_depth
        carry_m = carry_n & (n >= self.column_tiles)
        m0 = Mux(carry_m, fold.m0 + self._config.token_depth, fold.m0)
        return Fold(
            running=fold.running & ~self.is_final(fold),
            m0=m0[:17],
            n=Mux(carry_m, 0, Mux(carry_n, n, fold.n))[:17],
            k=Mux(carry_n, 0, fold.k + 1)[:17],
        )

    def follow_if(self, condition: Value) -> Fold:
        """Return the fold after the present one if `condition` holds, or else that."""
        here, after = vars(self.fold), vars(self.follow(self.fold))
        return Fold(**{name: Mux(condition, after[name], here[name]) for name in here})

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

    def is_final(self, fold: Fold) -> Value:
        """Return whether the fold is the last one."""
        ends_strips = fold.n + self._config.strip_depth >= self.column_tiles
        ends_blocks = fold.m0 + self._config.token_depth >= self.tokens
        return self.is_last(fold) & ends_strips & ends_blocks

    def tie(self, path: str) -> None:
        """Claim that the `FoldCounter` at `path` is always at the present place."""
        harness, fold, settled = self._harness, self.fold, self.settled

        def look(name: str, shape: ShapeLike = 1) -> Signal:
            return harness.probe(f"{path}.{name}", shape)

        harness.claim(look("running") == fold.running)
        harness.claim(look("begun") == (fold.running & ~settled))
        harness.claim(implies(settled, look("first_tile") == self.is_first(fold)))
        harness.claim(look("last_fold") == (~settled | self.is_final(fold)))
        for loop, chunk, size, place in (
            ("blocks", self._config.token_depth, self.tokens, fold.m0),
            ("strips", self._config.strip_depth, self.column_tiles, fold.n),
            ("lanes", 1, self.lane_tiles, fold.k),
        ):
            left = size - place
            last = look(f"{loop}.last")
            harness.claim(Mux(settled, last == (left <= chunk), last))
            owed: dict[str, tuple[ShapeLike, Value]] = {
                "ahead": (signed(18), left - 2 * chunk - 1),
            }
            if chunk > 1:
                bits = (chunk - 1).bit_length()
                owed["last_item"] = bits, Mux(left < chunk, left, chunk) - 1
            for name, (shape, value) in owed.items():
                harness.claim(implies(settled, look(f"{loop}.{name}", shape) == value))
