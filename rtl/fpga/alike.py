"""What was measured that is like an array: the rows that its estimate rests on."""

from collections.abc import Sequence
from dataclasses import replace

from rtl.config import ArrayConfig
from rtl.fpga.devices import find_device
from rtl.fpga.measurements import LARGEST, Measurement, read_measurements
from rtl.fpga.points import shape_array
from workloads.errors import InputError


def find_rows(target: str, config: ArrayConfig) -> list[Measurement]:
    """Return the arrays like `config` that were measured on `target`, or on `Device.measured`.

    Raises InputError if there are none.
    """
    measured = find_device(target).measured
    table = read_measurements()
    known = [row for row in table if row.target == measured]
    if not known:
        names = ", ".join(dict.fromkeys(row.target for row in table))
        raise InputError(f"target must be one that was measured: {names}, not {target}")
    rows = [row for row in known if row.config.style == config.style]
    if not rows:
        raise InputError(f"style must be one that was measured on {measured}, not {config.style}")
    if config.adders != rows[0].config.adders:
        raise InputError(
            f"adders must be {rows[0].config.adders}, which was measured on {measured}, "
            f"not {config.adders}"
        )
    return rows


def list_unlike(target: str, config: ArrayConfig) -> list[str]:
    """Return the parameters that no array like `config` had when it was measured.

    Of those that make another array of it, which a fit does not tell apart.
    """
    measured = shape_array(find_device(target).measured, config.style, config.lanes, config.columns)
    names = ("packing", "group", "tree_registers")
    return [name for name in names if getattr(config, name) != getattr(measured, name)]


def find_large_rows(target: str, config: ArrayConfig) -> list[Measurement]:
    """Return those like `config` among the largest arrays that `target` was seen to take."""
    return [
        row
        for row in read_measurements(LARGEST)
        if (row.target, row.config.style, row.config.adders)
        == (target, config.style, config.adders)
    ]


def find_words(rows: Sequence[Measurement]) -> int:
    """Return the most words of partial sums of `rows`: deeper memories become another kind."""
    return max(row.config.partial_sums for row in rows)


def limit_words(config: ArrayConfig, words: int) -> ArrayConfig:
    """Return `config` with at most so many words of sums, which takes no more."""
    depth = min(config.strip_depth, words)
    return replace(config, strip_depth=depth, token_depth=min(config.token_depth, words // depth))
