"""What an array does in a pass of any length: one `ArrayCounts`, for many lengths at once.

The events of a matmul on an array are linear in its tokens and in its token blocks: every block
takes each tile again, every token issues the same beats. So two passes tell of all, and a million
lengths cost as much as a few array operations.
"""

from dataclasses import fields, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from energy.counts import ArrayCounts
from hwsim.activity import count_activity
from hwsim.phases import run_phase
from rtl.config import ArrayConfig
from workloads.errors import InputError
from workloads.shapes import ModelShape

_KEPT = (
    "partial_sum_values",
    "accumulator_width",
    "sum_width",
    "weight_bits",
    "array_weight_bits",
    "partial_sums_in_sram",
)
_EVENTS = tuple(
    field.name for field in fields(ArrayCounts) if field.name not in (*_KEPT, "activation_values")
)


@cache
def count_pass(config: ArrayConfig, shape: ModelShape, tokens: int) -> ArrayCounts:
    """Return the events of all ternary matmuls of one pass over `tokens` tokens, at least 1."""
    return count_activity(run_phase(config, shape, "pass", tokens, tokens))


def count_passes(
    config: ArrayConfig, shape: ModelShape, tokens: NDArray[np.float64]
) -> ArrayCounts:
    """Return the same for an array of lengths, 0 allowed, as float64 arrays.

    Raises InputError if some lengths are above 1 and others are not: the array keeps the partial
    sums of a single token in registers.
    """
    many = tokens > 1
    if many.any() and not many.all():
        raise InputError("tokens must all be above 1 or none, as their partial sums lie elsewhere")
    one, two = count_pass(config, shape, 1), count_pass(config, shape, 2)
    blocks = np.ceil(tokens / config.token_depth)
    events = {}
    for name in (name for name in _EVENTS if getattr(two, name)):
        a_token = getattr(two, name) - getattr(one, name)
        a_block = getattr(one, name) - a_token
        events[name] = a_token * tokens + a_block * blocks
    held = np.clip(tokens, 1, config.token_depth) * one.activation_values
    return replace(two if many.any() else one, **events, activation_values=held)
