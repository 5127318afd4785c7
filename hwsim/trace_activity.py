"""The rates of a recorded run that energies are scaled by: zeros, and toggles as the array sees."""

from typing import TYPE_CHECKING

import numpy as np

from energy.activity import Activity
from rtl.config import ArrayConfig
from workloads.progress import Report, report_nothing
from workloads.toggles import count_input_toggles, count_operand_toggles

if TYPE_CHECKING:
    from workloads.trace import Trace

ACTIVATION_BITS = 8


def measure_activity(
    trace: "Trace", config: ArrayConfig, report: Report = report_nothing
) -> Activity:
    """Return the rates of all matmuls of `trace` on the array `config`, exactly, not sampled.

    Zeros are those of the matmuls' own operands; toggles are per bit and beat of the array, whose
    padding does not toggle. Raises InputError if the trace or its checkpoint is damaged.
    """
    lanes, columns, depth = config.lanes, config.columns, config.token_depth
    values = zeros = weights = zero_weights = beats = input_toggles = operand_toggles = 0
    for matmul in trace:
        report(matmul.index / len(trace), f"toggles of layer {matmul.layer} {matmul.name}")
        x, w = trace.read_input(matmul), trace.read_weight(matmul)
        values, zeros = values + x.size, zeros + x.size - int(np.count_nonzero(x))
        weights, zero_weights = weights + matmul.n * matmul.k, zero_weights + w.zeros
        column_tiles = -(-matmul.n // columns)
        beats += column_tiles * -(-matmul.k // lanes) * matmul.m
        input_toggles += count_input_toggles(
            x, lanes=lanes, token_depth=depth, column_tiles=column_tiles
        )
        operand_toggles += count_operand_toggles(
            x, w.unpack(), lanes=lanes, columns=columns, token_depth=depth
        )
    input_bits = beats * lanes * ACTIVATION_BITS
    return Activity(
        zero_weights=zero_weights / weights,
        zero_activations=zeros / values,
        input_toggle_rate=input_toggles / input_bits,
        operand_toggle_rate=operand_toggles / (input_bits * columns),
        source=f"{len(trace)} matmuls of {trace.folder} on {lanes} lanes x {columns} columns, "
        f"blocks of {depth} tokens",
    )
