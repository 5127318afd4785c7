"""Places in the loop nest by what is left of each loop, for counters that are some folds apart.

That such counters visit the nest in its order is the claim of `rtl.proofs.sequencer`.
"""

from dataclasses import dataclass, replace

from amaranth.hdl import Mux, Signal, Value

from rtl.config import ArrayConfig
from rtl.proofs.harness import Harness, implies


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place in the loop nest, by what is left of each loop, as in `FoldCounter`."""

    depth: int
    column_tiles: Value
    lane_tiles: Value
    running: Value
    tokens: Value
    columns: Value
    lanes: Value

    def follow(self) -> "Place":
        """Return the place after this one."""
        row_ends = self.lanes == 1
        block_ends = row_ends & (self.columns == 1)
        return replace(
            self,
            running=self.running & ~(block_ends & (self.tokens <= self.depth)),
            tokens=Mux(block_ends, self.tokens - self.depth, self.tokens)[:16],
            columns=Mux(
                block_ends, self.column_tiles, Mux(row_ends, self.columns - 1, self.columns)
            )[:16],
            lanes=Mux(row_ends, self.lane_tiles, self.lanes - 1)[:16],
        )


def count_used(
    harness: Harness, config: ArrayConfig, start: Value, command: Value, retire: Value
) -> Place:
    """Add a count of the folds that are used up; return the first that is not."""
    m = harness.module
    sizes = [Signal(16, name=f"{name}_size", reset_less=True) for name in "mnk"]
    left = [Signal(16, name=f"{name}_left", reset_less=True) for name in "mnk"]
    used = Place(
        depth=config.token_depth,
        column_tiles=sizes[1],
        lane_tiles=sizes[2],
        running=Signal(name="unused_folds"),
        tokens=left[0],
        columns=left[1],
        lanes=left[2],
    )
    after = used.follow()
    with m.If(start):
        m.d.sync += used.running.eq(1)
        for i, (size, count) in enumerate(zip(sizes, left, strict=True)):
            m.d.sync += [count.eq(command.word_select(i, 16)), size.eq(command.word_select(i, 16))]
    with m.Elif(retire):
        for name in ("running", "tokens", "columns", "lanes"):
            m.d.sync += getattr(used, name).eq(getattr(after, name))
    for i in range(3):
        harness.assume(implies(start, command.word_select(i, 16) != 0))
    return used


def tie(harness: Harness, path: str, place: Place, when: Value) -> None:
    """Claim that the `FoldCounter` at `path` is at `place`, when something holds."""
    harness.claim(implies(when, harness.probe(f"{path}.running") == place.running))
    for name, owed in {
        "tokens": place.tokens,
        "columns_left": place.columns,
        "lanes_left": place.lanes,
        "column_tiles": place.column_tiles,
        "lane_tiles": place.lane_tiles,
    }.items():
        found = harness.probe(f"{path}.{name}", 16)
        harness.claim(implies(when & place.running, found == owed))
