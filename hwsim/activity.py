"""What an array does in a phase, counted for the energy ledger.

Here the cycle model's beats and the compressor tree's plan become an `ArrayCounts`; the ledger
knows no array and this module no price.
"""

from energy.counts import ArrayCounts, add_counts
from hwsim.cycles import MatmulCycles
from hwsim.phases import Phase
from rtl.config import ACTIVATION_BITS, ArrayConfig
from rtl.tree.compressor import (
    count_bits,
    place_registers,
    plan_accumulation,
    plan_tree,
)
from workloads.shapes import Matmul

# A half adder has one of a full adder's two gates in each path.
HALF_ADDER_SHARE = 0.5
WEIGHT_BANKS = 2


def count_activity(phase: Phase) -> ArrayCounts:
    """Return the events of all ternary matmuls of `phase`, padding of tiles included.

    The activation buffer holds one block of `token_depth` tokens: a longer prompt passes through
    all layers block by block (chunked prefill), which costs the same folds.
    """
    return add_counts(
        _count_matmul(phase.config, matmul, cycles).repeat(matmul.count)
        for matmul, cycles in phase.matmuls
    )


def full_adders_per_column(config: ArrayConfig) -> float:
    """Return the full adders behind one column: tree, partial sum and carry chain.

    Half adders count `HALF_ADDER_SHARE` of one.
    """
    plans = (plan_tree(config.lanes), *plan_accumulation(config.lanes, config.accumulator_width))
    full = sum(plan.full_adders for plan in plans)
    return full + HALF_ADDER_SHARE * sum(plan.half_adders for plan in plans)


def _count_matmul(config: ArrayConfig, matmul: Matmul, cycles: MatmulCycles) -> ArrayCounts:
    lanes = config.lanes * config.columns
    issues = cycles.issue_cycles
    tree = plan_tree(config.lanes)
    ranks = [count_bits(tree.levels[i]) for i in place_registers(tree, config.tree_registers)]
    # The last rank holds two rows; the bits beyond one sum's have no counterpart in the twin.
    rank_bits = sum(ranks[:-1]) + max(0, ranks[-1] - config.accumulator_width)
    return ArrayCounts(
        lane_operations=lanes * issues,
        full_adder_operations=full_adders_per_column(config) * config.columns * issues,
        selector_bit_operations=ACTIVATION_BITS * lanes * issues,
        weight_register_writes=WEIGHT_BANKS * lanes * cycles.folds,
        activation_register_writes=config.lanes * issues,
        sum_register_writes=config.columns * issues,
        tree_register_bit_writes=rank_bits * config.columns * issues,
        activation_reads=config.lanes * issues,
        activation_writes=matmul.m * matmul.n,
        activation_values=min(matmul.m, config.token_depth) * matmul.k,
        partial_sum_accesses=config.columns
        * (cycles.partial_sum_reads + cycles.partial_sum_writes),
        partial_sum_values=config.columns * config.token_depth,
        weights_streamed=lanes * cycles.folds,
        accumulator_width=config.accumulator_width,
        partial_sums_in_sram=config.token_depth > 1 and matmul.m > 1,
    )
