"""The rates of a recorded run that energies are scaled by: zeros, and toggles as the array sees."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from energy.activity import Activity
from rtl.adders import sum_bits
from rtl.config import ACTIVATION_BITS, ArrayConfig
from workloads.progress import Report, report_nothing
from workloads.toggles import count_input_toggles, count_lookup_toggles, count_operand_toggles

if TYPE_CHECKING:
    from workloads.trace import Trace


def measure_activity(
    trace: "Trace", config: ArrayConfig, report: Report = report_nothing
) -> Activity:
    """Return the rates of all matmuls of `trace` on the array `config`, exactly, not sampled.

    Zeros are those of the matmuls' own operands; toggles are per bit and beat of the array, whose
    padding does not toggle. Raises InputError if the trace or its checkpoint is damaged.
    """
    lanes, columns, depth = config.lanes, config.columns, config.token_depth
    values = zeros = weights = zero_weights = 0
    input_bits = operand_bits = input_toggles = operand_toggles = 0
    for matmul in trace:
        report(matmul.index / len(trace), f"toggles of layer {matmul.layer} {matmul.name}")
        x, w = trace.read_input(matmul), trace.read_weight(matmul)
        values, zeros = values + x.size, zeros + x.size - int(np.count_nonzero(x))
        weights, zero_weights = weights + matmul.n * matmul.k, zero_weights + w.zeros
        column_tiles = -(-matmul.n // columns)
        strips = -(-column_tiles // config.strip_depth)
        slots = -(-matmul.k // lanes) * matmul.m
        input_bits += slots * strips * lanes * ACTIVATION_BITS
        input_toggles += count_input_toggles(x, lanes=lanes, token_depth=depth, column_tiles=strips)
        operand_bits += slots * column_tiles * columns * _count_operand_bits(config)
        operand_toggles += _count_operand_toggles(config, x, w.unpack())
    return Activity(
        zero_weights=zero_weights / weights,
        zero_activations=zeros / values,
        input_toggle_rate=input_toggles / input_bits,
        operand_toggle_rate=operand_toggles / operand_bits,
        source=f"{len(trace)} matmuls of {trace.folder} on {lanes} lanes x {columns} columns, "
        f"blocks of {depth} tokens",
    )


def _count_operand_bits(config: ArrayConfig) -> int:
    """Return the bits that a column adds: selected activations, or sums looked up."""
    if config.style == "table":
        return -(-config.lanes // config.group) * sum_bits(config.group)
    return config.lanes * ACTIVATION_BITS


def _count_operand_toggles(config: ArrayConfig, x: NDArray[np.int8], w: NDArray[np.int8]) -> int:
    tile = {"lanes": config.lanes, "columns": config.columns, "token_depth": config.token_depth}
    if config.style == "table":
        return count_lookup_toggles(
            x, w, strip_depth=config.strip_depth, group=config.group, **tile
        )
    # The grid of `systolic` sees the beats in the same order, each element a while later.
    return count_operand_toggles(x, w, **tile)
