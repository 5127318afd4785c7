"""The parts of an array that an FPGA is filled with, counted from its parameters alone.

Registers are exact sums of the widths in `rtl`; adders are bits of carry chains; RAM is counted
as it is built of lookup tables. Control, and what synthesis makes of it all, are
for `rtl.fpga.fit` to find.
"""

from dataclasses import dataclass

from rtl.adders import place_ranks, sum_bits
from rtl.config import ACTIVATION_BITS, ArrayConfig, accumulator_width_for
from rtl.fpga.memories import list_memories
from rtl.table.codes import address_bits


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What an array is made of.

    Attributes
    ----------
    registers : bits of the datapath's registers.
    adders : bits of adders.
    choices : bits of what weights choose: of a lane's activation, of an entry of a table.
    weights : L C.
    lut4_rams, lut6_rams : blocks of LUT RAM where a LUT has 4 or 6 inputs.
    block_rams, ram_registers : without LUT RAM, blocks, and bits of memories too small for them.
    delays : bits of the registers that only delay, which some FPGAs have lines for.
    sums : bits of a word of partial sums, C A.
    bus : bits of a beat of weights and of one of activations.
    control : 1, for what does not grow.
    """

    registers: int
    adders: int
    choices: int
    weights: int
    lut4_rams: int
    lut6_rams: int
    block_rams: int
    ram_registers: int
    delays: int
    sums: int
    bus: int
    control: int = 1


def count_parts(config: ArrayConfig) -> Parts:
    """Return the parts of an array; of `tree` that on carry chains."""
    lanes, columns = config.lanes, config.columns
    sums = columns * config.accumulator_width
    memories = list(list_memories(config))
    if config.style == "table":
        registers, adders, choices = _count_tables(config)
        registers, delays = registers + sums, 0
    else:
        held = 2 * config.code_lanes * config.codes_per_tile + 2 * lanes * columns
        held += config.beats_per_tile
        tree = config.style == "tree"
        registers, adders = _count_tree(config) if tree else _count_grid(config)
        choices = ACTIVATION_BITS * lanes * columns if tree else 0
        delays = 0 if tree else _count_skew(config)
        registers += delays + choices + held + 2 * sums + ACTIVATION_BITS * lanes
    _, behind = place_ranks(config)
    return Parts(
        registers=registers + behind * sums + _count_flags(config, behind),
        adders=adders + sums,
        choices=choices,
        weights=lanes * columns,
        lut4_rams=sum(memory.lut4_rams for memory in memories),
        lut6_rams=sum(memory.lut6_rams for memory in memories),
        block_rams=sum(memory.block_rams for memory in memories),
        ram_registers=sum(memory.register_bits for memory in memories),
        delays=delays,
        sums=sums,
        bus=config.weight_bus_bits + ACTIVATION_BITS * lanes,
    )


def _count_tables(config: ArrayConfig) -> tuple[int, int, int]:
    """Return bits of registers, adders and choices of `table` before its sums."""
    groups = -(-config.lanes // config.group)
    entry, place = sum_bits(config.group), address_bits(config.group)
    stored = groups * config.columns * (place + 1)
    walk = groups * (entry + ACTIVATION_BITS + 3 * config.group)
    choices = groups * config.columns * entry
    registers, adders = _count_tree(config)
    bus = config.weight_bus_bits + ACTIVATION_BITS * config.lanes
    return registers + stored + walk + choices + bus, adders + groups * entry, choices


def _count_tree(config: ArrayConfig) -> tuple[int, int]:
    """Return bits of registers and of adders of a tree of terms, and of their signs."""
    groups = -(-config.lanes // config.group)
    registers, adders = groups * config.columns, 0
    ranks, _ = place_ranks(config)
    lanes = [config.group] * groups
    for level in range((groups - 1).bit_length() + 1):
        if level:
            pairs = [sum(lanes[i : i + 2]) for i in range(0, len(lanes), 2)]
            adders += config.columns * sum(map(sum_bits, pairs[: len(lanes) // 2]))
            lanes = pairs
        rank = config.columns * sum(sum_bits(count) + 1 for count in lanes)
        registers += ranks.count(level) * rank
    return registers, adders


def _count_grid(config: ArrayConfig) -> tuple[int, int]:
    """Return bits of registers and of adders of a grid, without its skew and deskew."""
    lanes, columns = config.lanes, config.columns
    adders = columns * sum(accumulator_width_for(lane + 1) for lane in range(lanes))
    swap = lanes + columns - 2  # elements of the same delay share a register
    return adders + ACTIVATION_BITS * lanes * (columns - 1) + swap, adders


def _count_skew(config: ArrayConfig) -> int:
    lanes, columns = config.lanes, config.columns
    skew = ACTIVATION_BITS * lanes * (lanes - 1) // 2
    return skew + accumulator_width_for(lanes) * columns * (columns - 1) // 2


def _count_flags(config: ArrayConfig, behind: bool) -> int:
    """Return the bits of what goes beside the data to the accumulator."""
    token = 0 if config.style == "table" else (config.token_depth - 1).bit_length()
    return (4 + token) * (config.latency_cycles - 1 - behind)
