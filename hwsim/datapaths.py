"""What the datapath of each style does an issue, a beat of activations and a tile of weights.

Numbers of adders, gates and registers as `rtl` builds them, for the energy ledger.
"""

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from rtl.adders import place_ranks, sum_bits
from rtl.config import ACTIVATION_BITS, ArrayConfig, accumulator_width_for
from rtl.table.codes import address_bits, plan_steps
from rtl.tree.compressor import (
    AdderPlan,
    count_bits,
    place_registers,
    plan_compression,
    plan_ripple,
    plan_tree,
)

# A half adder has one of a full adder's two gates in each path.
HALF_ADDER_SHARE = 0.5

#: Two-input gates of `rtl/decoder.py` a code, but for the flag of an illegal one, and of
#: `rtl/table/recoder.py` a group: `synth -flatten; abc -g AND,OR,XOR` of yosys 0.70.
DECODER_GATES = {"two-bit": 1, "five-trit": 155, "group": 0}
RECODER_GATES = {
    (2, "group"): 16,
    (3, "group"): 21,
    (2, "two-bit"): 16,
    (3, "two-bit"): 83,
    (2, "five-trit"): 16,
    (3, "five-trit"): 83,
}


@dataclass(frozen=True, kw_only=True)
class Datapath:
    """Work of one array.

    Attributes
    ----------
    full_adders, beat_full_adders : an issue, and a beat; half adders count `HALF_ADDER_SHARE`.
    selector_bits : an issue; bits of +a, -a or 0 selected.
    lookup_gates : an issue; two-input gates on the paths of all bits of sums from their tables, and
        those that negate.
    activation_registers : a beat; activations latched, wherever they pass.
    table_bits : a beat; bits written into tables.
    sum_registers, sum_width : an issue; sums latched, and their mean bits.
    inner_register_bits : an issue; bits latched between the adders of a column.
    weight_banks, weight_reads : places where a weight is written when its tile comes, and in which
        it is latched at each issue.
    weight_read_gates : two-input gates on the path of a weight's bit at each issue.
    weight_bits : bits of a weight in the array.
    decoder_gates : a tile; two-input gates that decode its weights.
    """

    full_adders: float
    beat_full_adders: int = 0
    selector_bits: int = 0
    lookup_gates: int = 0
    activation_registers: int
    table_bits: int = 0
    sum_registers: int
    sum_width: float
    inner_register_bits: int = 0
    weight_banks: int = 2
    weight_reads: int = 0
    weight_read_gates: int = 0
    weight_bits: float = 2.0
    decoder_gates: int


@cache
def describe_datapath(config: ArrayConfig) -> Datapath:
    """Return the work of the array `config`."""
    if config.adders == "carry":
        return _describe_carry_tree(config)
    return _DESCRIPTIONS[config.style](config)


def _describe_tree(config: ArrayConfig) -> Datapath:
    tree = plan_tree(config.lanes)
    return Datapath(
        full_adders=_count_adders(tree, config) * config.columns,
        selector_bits=ACTIVATION_BITS * config.lanes * config.columns,
        activation_registers=config.lanes,
        sum_registers=config.columns,
        sum_width=config.accumulator_width,
        inner_register_bits=_count_rank_bits(tree, config) * config.columns,
        decoder_gates=DECODER_GATES[config.packing] * config.codes_per_tile,
    )


def _describe_carry_tree(config: ArrayConfig) -> Datapath:
    lanes, columns = config.lanes, config.columns
    adder_bits, rank_bits = _count_signed_tree(lanes, config)
    return Datapath(
        full_adders=adder_bits * columns,
        selector_bits=ACTIVATION_BITS * lanes * columns,
        lookup_gates=columns * adder_bits,  # each adder has an XOR a bit to subtract instead
        activation_registers=lanes,
        sum_registers=columns,
        sum_width=config.accumulator_width,
        # The last rank holds the column sum that the twin has, too.
        inner_register_bits=columns * max(0, rank_bits - config.accumulator_width),
        decoder_gates=DECODER_GATES[config.packing] * config.codes_per_tile,
    )


def _describe_table(config: ArrayConfig) -> Datapath:
    groups, columns = -(-config.lanes // config.group), config.columns
    width, entries = sum_bits(config.group), len(plan_steps(config.group))
    adder_bits, rank_bits = _count_signed_tree(groups, config)
    recoder_gates = RECODER_GATES[config.group, config.packing] * groups * columns
    return Datapath(
        full_adders=adder_bits * columns,
        # Each entry but zero is the one before, plus or minus a lane.
        beat_full_adders=groups * (entries - 1) * width,
        # Both sets are one memory; each adder has an XOR a bit to subtract instead.
        lookup_gates=columns * (groups * width * _count_path_gates(2 * entries) + adder_bits),
        activation_registers=config.lanes,
        # Lane chosen and entry made are latched, then the entry is written.
        table_bits=groups * entries * (ACTIVATION_BITS + 2 * width),
        sum_registers=columns,
        sum_width=config.accumulator_width,
        inner_register_bits=columns * rank_bits,
        weight_reads=1,
        weight_read_gates=_count_path_gates(2 * config.strip_depth),
        weight_bits=(address_bits(config.group) + 1) * groups / config.lanes,
        decoder_gates=DECODER_GATES[config.packing] * config.codes_per_tile + recoder_gates,
    )


def _describe_systolic(config: ArrayConfig) -> Datapath:
    lanes, columns = config.lanes, config.columns
    widths = [accumulator_width_for(row + 1) for row in range(lanes)]
    # Nothing comes from above the first row: it adds a carry alone.
    adders = sum(widths[1:]) + HALF_ADDER_SHARE * widths[0] + config.accumulator_width
    skewed, deskewed = lanes * (lanes - 1) // 2, columns * (columns - 1) // 2
    sums = lanes * columns + deskewed
    return Datapath(
        full_adders=adders * columns,
        selector_bits=ACTIVATION_BITS * lanes * columns,
        activation_registers=lanes + skewed + lanes * (columns - 1),
        sum_registers=sums,
        sum_width=(columns * sum(widths) + deskewed * widths[-1]) / sums,
        decoder_gates=DECODER_GATES[config.packing] * config.codes_per_tile,
    )


_DESCRIPTIONS = {"tree": _describe_tree, "table": _describe_table, "systolic": _describe_systolic}


def _count_adders(tree: AdderPlan, config: ArrayConfig) -> float:
    """Return the full adders of a column: its tree, and the addition to its partial sum."""
    rows, width = tree.outputs, config.accumulator_width
    heights = [len(column) + 1 for column in rows] + [1] * (width - len(rows))
    compression = plan_compression(heights, width)
    ripple = plan_ripple([len(column) for column in compression.outputs], width)
    plans = tree, compression, ripple
    half = sum(plan.half_adders for plan in plans)
    return sum(plan.full_adders for plan in plans) + HALF_ADDER_SHARE * half


def _count_rank_bits(tree: AdderPlan, config: ArrayConfig) -> int:
    """Return the bits of a column's register ranks beyond the column sum's own."""
    ranks = [count_bits(tree.levels[i]) for i in place_registers(tree, config.tree_registers)]
    # The last rank holds two rows; the bits beyond one sum's have no counterpart in the twin.
    return sum(ranks[:-1]) + max(0, ranks[-1] - config.accumulator_width)


def _count_signed_tree(groups: int, config: ArrayConfig) -> tuple[int, int]:
    """Return the full adders of a column, and the bits of its terms and register ranks."""
    levels = _list_levels(groups, config.group)
    # An adder of two sums has the bits of its result; one of three is left over for the next level.
    adder_bits = sum(sum(after[: len(level) // 2]) for level, after in pairwise(levels))
    ranks, behind = place_ranks(config)
    # Each sum has a sign.
    rank_bits = sum(sum(levels[level]) + len(levels[level]) for level in (0, *ranks))
    width = config.accumulator_width
    return adder_bits + width, rank_bits + behind * width


def _list_levels(groups: int, group: int) -> list[list[int]]:
    """Return the bits of the sums at each level of a binary tree over groups of lanes."""
    lanes = [group] * groups
    levels = [[sum_bits(count) for count in lanes]]
    while len(lanes) > 1:
        left = lanes[len(lanes) & ~1 :]
        lanes = [a + b for a, b in zip(lanes[::2], lanes[1::2], strict=False)] + left
        levels.append([sum_bits(count) for count in lanes])
    return levels


def _count_path_gates(words: int) -> int:
    """Return the gates that a bit of a small memory passes when it is read: an AND, then ORs."""
    return 1 + (words - 1).bit_length()
