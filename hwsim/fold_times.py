"""When the folds of a matmul load and issue, cycle by cycle: rules 1 to 5 of docs/specification.md.

For activations and a consumer of results that never wait; the weight stream may.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hwsim.folds import FoldNest, nest_folds
from rtl.config import ArrayConfig
from workloads.errors import InputError, require_int


@dataclass(frozen=True, kw_only=True)
class FoldTimes:
    """First and last cycle of what happens to one fold; cycle 0 transfers the command.

    Attributes
    ----------
    load_first, load_last : its weight beats arrive.
    issue_first, issue_last : its tiles are issued.
    """

    load_first: int
    load_last: int
    issue_first: int
    issue_last: int


def count_table_words(config: ArrayConfig) -> int:
    """Return the words of a group's table, written one a cycle (E); 0 for styles without tables."""
    return (3**config.group - 1) // 2 + 1 if config.style == "table" else 0


def count_swap_cycles(config: ArrayConfig) -> int:
    """Return the cycles from a swap to the first beat of the next fold (delta)."""
    return config.lanes + config.columns - 2 if config.style == "systolic" else 0


def time_folds(
    config: ArrayConfig, m: int, n: int, k: int, stalls_per_fold: Sequence[int] = ()
) -> Iterator[FoldTimes]:
    """Return the times of the folds of a matmul, in their order.

    Parameters
    ----------
    stalls_per_fold : cycles in which the weight stream was held back although the array would have
        taken a beat of that fold; none for the folds behind the last entry.

    Raises InputError like `hwsim.cycles.count_cycles`, and for stalls that no fold can have.
    """
    nest = nest_folds(config, m, n, k)
    if len(stalls_per_fold) > len(nest):
        raise InputError(
            f"stalls_per_fold must have at most {len(nest)} entries, not {len(stalls_per_fold)}"
        )
    for index, stalls in enumerate(stalls_per_fold):
        require_int(f"stalls_per_fold[{index}]", stalls, 0)
    return _time_folds(config, nest, stalls_per_fold)


def _time_folds(
    config: ArrayConfig, nest: FoldNest, stalls_per_fold: Sequence[int]
) -> Iterator[FoldTimes]:
    words, swap_cycles = count_table_words(config), count_swap_cycles(config)
    load_first, free = 1, words + 1  # the first slot waits for its tables, later ones never do
    for index, (tokens, tiles) in enumerate(nest):
        stalls = stalls_per_fold[index] if index < len(stalls_per_fold) else 0
        load_last = load_first + tiles * config.beats_per_tile + stalls - 1
        swap = load_last + 1 if index == 0 else max(load_last + 1, free)
        slot = max(tiles, words)
        issue_first = max(swap, free) + 1
        yield FoldTimes(
            load_first=load_first,
            load_last=load_last,
            issue_first=issue_first,
            issue_last=issue_first + (tokens - 1) * slot + tiles - 1,
        )
        load_first, free = swap + swap_cycles, issue_first + tokens * slot - 1
