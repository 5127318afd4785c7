"""The cycle model: how long the array takes for a matmul, without running it.

Written from docs/specification.md alone; the compiled RTL must agree to the cycle. A closed form,
so a whole model costs less than a millisecond.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from hwsim.fold_times import count_swap_cycles, count_table_words, time_folds
from hwsim.folds import Fold, nest_folds
from rtl.config import ArrayConfig


@dataclass(frozen=True, kw_only=True)
class MatmulCycles:
    """Cycles and traffic of one matmul (M, N, K) on an array.

    Attributes
    ----------
    cycles : from the transfer of the command to that of the last result, as the RTL's counter; the
        sum of the five that follow.
    issue_cycles : cycles in which a tile is issued, `lanes` by `columns` weights.
    weight_stall_cycles : cycles after the first fold's in which the datapath waits for weights; in
        `systolic` also for the swap before them.
    idle_cycles : cycles of slots that are too short of tiles to hide the writing of tables.
    fill_cycles, drain_cycles : before the first issue, after the last one.
    folds : loads of the array, each of a strip's tiles at one lane tile.
    tiles : tiles loaded; those of later token blocks are loaded again.
    weight_bits : bits moved from the memory, padding included.
    activation_bytes : int8 activations read from the buffer, padding included.
    table_writes : words written into the tables of all groups of lanes; 0 but for `table`.
    partial_sum_reads, partial_sum_writes : words of `columns` sums read and written.
    lane_operations : M N K select-and-adds that the matmul needs.
    utilisation : lane_operations / (lanes * columns * cycles), 0 to 1.
    memory_bound : True if the weight stream, not the datapath, sets the time of most folds.
    """

    cycles: int
    issue_cycles: int
    weight_stall_cycles: int
    idle_cycles: int
    fill_cycles: int
    drain_cycles: int
    folds: int
    tiles: int
    weight_bits: int
    activation_bytes: int
    table_writes: int
    partial_sum_reads: int
    partial_sum_writes: int
    lane_operations: int
    utilisation: float
    memory_bound: bool

    def to_dict(self) -> dict[str, int | float | bool]:
        """Return the fields as a plain dictionary."""
        return asdict(self)

    def _repr_html_(self) -> str:
        from hwsim.display import render_fields

        return render_fields("cycles of a matmul", self.to_dict())


def count_cycles(config: ArrayConfig, m: int, n: int, k: int) -> MatmulCycles:
    """Return the cycles of y[M, N] = x[M, K] @ w[N, K].T on the array `config`.

    Raises InputError if a dimension is not a positive int, or too large for the array's command or
    accumulator.
    """
    nest = nest_folds(config, m, n, k)
    beats, words = config.beats_per_tile, count_table_words(config)

    def slot_cycles(fold: Fold) -> int:
        return fold.tokens * max(fold.tiles, words)

    def wait_cycles(fold: Fold, next_tiles: int) -> int:
        load_cycles = count_swap_cycles(config) + next_tiles * beats
        return max(0, load_cycles - slot_cycles(fold))

    stalls = bound = slots = 0
    for times, fold, next_tiles in nest.count_successions():
        wait = wait_cycles(fold, next_tiles)
        stalls += times * wait
        bound += times * (wait > 0)
        slots += times * slot_cycles(fold)
    # Nothing is loaded behind the last fold, and its last slot ends with its last issue.
    stalls -= wait_cycles(nest.last, nest.first.tiles)
    slots -= max(0, words - nest.last.tiles)

    issues = m * nest.column_tiles * nest.lane_tiles
    fill, drain = max(nest.first.tiles * beats, words) + 1, config.latency_cycles + 1
    cycles = fill + slots + stalls + drain
    tiles = nest.blocks * nest.column_tiles * nest.lane_tiles
    activation_beats = m * nest.strips * nest.lane_tiles
    partial_sums = m * nest.column_tiles * (nest.lane_tiles - 1)
    return MatmulCycles(
        cycles=cycles,
        issue_cycles=issues,
        weight_stall_cycles=stalls,
        idle_cycles=slots - issues,
        fill_cycles=fill,
        drain_cycles=drain,
        folds=len(nest),
        tiles=tiles,
        weight_bits=tiles * beats * config.weight_bus_bits,
        activation_bytes=activation_beats * config.lanes,
        table_writes=activation_beats * words * -(-config.lanes // config.group),
        partial_sum_reads=partial_sums,
        partial_sum_writes=partial_sums,
        lane_operations=m * n * k,
        utilisation=m * n * k / (config.lanes * config.columns * cycles),
        memory_bound=2 * bound > len(nest),
    )


def add_weight_stalls(
    config: ArrayConfig, m: int, n: int, k: int, stalls_per_fold: Sequence[int]
) -> int:
    """Return the cycles of a matmul whose weight stream is held back.

    Parameters
    ----------
    stalls_per_fold : for each fold, the cycles in which the array would have taken a beat of it and
        none was offered.

    Raises InputError, see `hwsim.fold_times.time_folds`.
    """
    *_, last = time_folds(config, m, n, k, stalls_per_fold)
    return last.issue_last + config.latency_cycles + 1
