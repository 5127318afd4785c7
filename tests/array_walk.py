"""Rules 1 to 5 of docs/specification.md, section Time, followed cycle by cycle.

Slow and plain: the truth that the closed form of the cycle model is compared with.
"""

from collections.abc import Callable
from typing import NamedTuple

from rtl.config import ArrayConfig


class Walk(NamedTuple):
    """What a walk saw: cycles, issues, tiles, beats, and for each fold its first and last times."""

    cycles: int
    issues: int
    weight_beats: int
    activation_beats: int
    held: list[int]
    loads: list[list[int]]
    issued: list[list[int]]


def always() -> bool:
    """A stream that never waits."""
    return True


def walk(config: ArrayConfig, m: int, n: int, k: int, offered: Callable[[], bool] = always) -> Walk:
    """Return what happens; `offered` tells whether a beat is there that the array would take."""
    table = config.style == "table"
    writing_cycles = (3**config.group - 1) // 2 + 1 if table else 0
    systolic = config.style == "systolic"
    delta = config.lanes + config.columns - 2 if systolic else 0
    latency = config.lanes + config.columns - 1 if systolic else config.tree_registers + 1 + table

    column_tiles, lane_tiles = -(-n // config.columns), -(-k // config.lanes)
    folds = [  # tokens, tiles, whether its sums are results
        (min(config.token_depth, m - block), min(config.strip_depth, column_tiles - strip), last)
        for block in range(0, m, config.token_depth)
        for strip in range(0, column_tiles, config.strip_depth)
        for last in [False] * (lane_tiles - 1) + [True]
    ]
    slots = [fold for fold, (tokens, _, _) in enumerate(folds) for _ in range(tokens)]

    seen = Walk(0, 0, 0, 0, [0] * len(folds), [[] for _ in folds], [[] for _ in folds])
    issues = weight_beats = activation_beats = 0
    loading, beats, shadow_full, load_from = 0, 0, False, 1
    active, tokens_left = -1, 0
    register = writing = 0  # a beat is in the input register; cycles of writing done
    ready, free_sets = 0, 2  # sets written and not yet in a slot; sets free
    slot, issued_in_slot, slot_cycles = -1, 0, 0
    slots_begun = 0
    results: list[int] = []  # the cycle from which each waiting result is offered
    places = latency + 2
    results_left = m * column_tiles
    cycle = 0
    while results_left:
        cycle += 1
        register_taken = freed_set = False
        finished = tokens_left == 0
        newly_ready = 0
        # Rule 3: tables are written, or the register's beat is used directly.
        if table:
            if writing == 0 and register and free_sets:
                free_sets -= 1
                writing = 1
            elif writing:
                writing += 1
            if writing == writing_cycles:
                register_taken, writing, newly_ready = True, 0, 1
        if slot < 0 and active >= 0 and tokens_left and (ready if table else register):
            slot, issued_in_slot, slot_cycles = slots[slots_begun], 0, 0
            assert slot == active
            slots_begun += 1
            ready -= table
        # Rules 3 to 5: a tile is issued in each of the slot's first cycles.
        if slot >= 0:
            _, tiles, gives_results = folds[slot]
            waits = issued_in_slot < tiles and gives_results and places == 0
            if not waits:
                slot_cycles += 1
                if issued_in_slot < tiles:
                    issued_in_slot += 1
                    issues += 1
                    seen.issued[slot].append(cycle)
                    if gives_results:
                        places -= 1
                        results.append(cycle + latency + 1)
            if slot_cycles == max(tiles, writing_cycles):
                slot, tokens_left = -1, tokens_left - 1
                freed_set, register_taken = table, register_taken or not table
                finished = tokens_left == 0
        # Rule 2: the banks change.
        if shadow_full and finished:
            shadow_full, load_from = False, cycle + delta
            active, tokens_left = loading, folds[loading][0]
            loading, beats = loading + 1, 0
        # Rules 1 and 2: weights.
        filled = False
        if loading < len(folds) and not shadow_full and cycle >= load_from:
            if offered():
                beats += 1
                weight_beats += 1
                seen.loads[loading].append(cycle)
                filled = beats == folds[loading][1] * config.beats_per_tile
            else:
                seen.held[loading] += 1
        # Rule 3: the register takes a beat when it is empty, or in the cycle that uses it up.
        if register_taken:
            register = 0
        if not register and activation_beats < len(slots):
            register, activation_beats = 1, activation_beats + 1
        # Rules 4 and 5: the consumer takes a result in the cycle in which it is offered.
        if results and results[0] <= cycle:
            results.pop(0)
            places += 1
            results_left -= 1
        shadow_full |= filled
        ready += newly_ready
        free_sets += freed_set
    return seen._replace(
        cycles=cycle, issues=issues, weight_beats=weight_beats, activation_beats=activation_beats
    )
