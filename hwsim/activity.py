"""What an array does in a phase, counted for the energy ledger.

Here the cycle model's issues and beats and the style's datapath become an `ArrayCounts`; the ledger
knows no array and this module no price.
"""

from energy.counts import ArrayCounts, add_counts
from hwsim.cycles import MatmulCycles
from hwsim.datapaths import describe_datapath
from hwsim.phases import Phase
from rtl.config import ArrayConfig
from workloads.shapes import Matmul


def count_activity(phase: Phase) -> ArrayCounts:
    """Return the events of all ternary matmuls of `phase`, padding of tiles included.

    The activation buffer holds one block of `token_depth` tokens: a longer prompt passes through
    all layers block by block (chunked prefill), which costs the same folds.
    """
    return add_counts(
        _count_matmul(phase.config, matmul, cycles).repeat(matmul.count)
        for matmul, cycles in phase.matmuls
    )


def _count_matmul(config: ArrayConfig, matmul: Matmul, cycles: MatmulCycles) -> ArrayCounts:
    datapath = describe_datapath(config)
    tile = config.lanes * config.columns
    issues, tiles = cycles.issue_cycles, cycles.tiles
    beats = cycles.activation_bytes // config.lanes
    held_tokens = min(matmul.m, config.token_depth)
    return ArrayCounts(
        lane_operations=tile * issues,
        full_adder_operations=datapath.full_adders * issues + datapath.beat_full_adders * beats,
        selector_bit_operations=datapath.selector_bits * issues,
        decoder_gate_operations=datapath.decoder_gates * tiles,
        lookup_gate_operations=datapath.lookup_gates * issues,
        weight_register_writes=tile
        * (datapath.weight_banks * tiles + datapath.weight_reads * issues),
        weight_read_gate_operations=datapath.weight_read_gates * tile * issues,
        activation_register_writes=datapath.activation_registers * beats,
        sum_register_writes=datapath.sum_registers * issues,
        tree_register_bit_writes=datapath.inner_register_bits * issues,
        table_bit_writes=datapath.table_bits * beats,
        activation_reads=cycles.activation_bytes,
        activation_writes=matmul.m * matmul.n,
        activation_values=held_tokens * matmul.k,
        partial_sum_accesses=config.columns
        * (cycles.partial_sum_reads + cycles.partial_sum_writes),
        partial_sum_values=config.columns * config.partial_sums,
        weights_streamed=tile * tiles,
        accumulator_width=config.accumulator_width,
        sum_width=datapath.sum_width,
        array_weight_bits=datapath.weight_bits,
        weight_bits=cycles.weight_bits / (tile * tiles),
        partial_sums_in_sram=held_tokens * config.strip_depth > 1,
    )
