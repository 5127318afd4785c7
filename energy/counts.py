"""What the energy ledger knows of an array: counts of values and bits, never its structure.

The cycle model and the datapath of a style fill an `ArrayCounts`; accounts price it in every
number format. So counts are of values, whose bits each format sets (a partial sum has 16 bits in
FP16), and of bits only where a multiply-add array has no counterpart.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

import numpy as np

from energy.quantities import Count, Energy, check_count
from workloads.errors import InputError, require_int, require_number

#: Bits of a ternary weight: in two-bit codes, and with five trits in a byte.
WEIGHT_BITS = (2.0, 1.6)

_CAPACITIES = ("activation_values", "partial_sum_values")
_SETTINGS = (
    "accumulator_width",
    "sum_width",
    "weight_bits",
    "array_weight_bits",
    "partial_sums_in_sram",
)


@dataclass(frozen=True, kw_only=True)
class ArrayCounts:
    """Events of all ternary matmuls of one forward pass on an array, padding of tiles included.

    Events and capacities are ints, or float64 arrays over passes that share the settings below.

    Attributes
    ----------
    lane_operations : weight positions used, lanes x columns in every cycle that issues a tile. A
        multiply-add array spends one multiply and one add on each.
    full_adder_operations : full adders (half adders count half) of all additions, partial sums
        included, each counted in every cycle that issues a tile.
    selector_bit_operations : bits of +a, -a or 0 selected, 8 a lane operation.
    decoder_gate_operations : two-input gates that decode packed weights, as they come.
    lookup_gate_operations : two-input gates on the paths from tables of sums to adders, and those
        that negate; no counterpart in a multiply-add array.
    weight_register_writes : weights latched or stored, once for each place a weight passes.
    weight_read_gate_operations : for each weight read from a store of several tiles, the two-input
        gates on the path of one of its bits.
    activation_register_writes : activations latched, in the input register and behind it.
    sum_register_writes : sums latched on their way to the partial sums.
    tree_register_bit_writes : bits latched between the adders of a column; no counterpart in a
        multiply-add array, whose units are priced without inner registers.
    table_bit_writes : bits latched and written to fill tables of sums; no counterpart either.
    activation_reads, activation_writes : activations read from and results written to the
        activation buffer, as values.
    activation_values : capacity of that buffer, in values.
    partial_sum_accesses : partial sums read plus partial sums written.
    partial_sum_values : capacity of the partial sum memory, in values.
    weights_streamed : weights fetched from DRAM, again for every block of tokens that needs them.
    accumulator_width : bits of a partial sum.
    sum_width : mean bits of the sums in registers; not above `accumulator_width`.
    weight_bits : bits fetched from DRAM for each of the weights streamed, padding included.
    array_weight_bits : bits of a weight as the array holds it.
    partial_sums_in_sram : False if partial sums sit in registers, priced as register bits.
    """

    lane_operations: Count
    full_adder_operations: Energy
    selector_bit_operations: Count
    decoder_gate_operations: Count
    weight_register_writes: Count
    activation_register_writes: Count
    sum_register_writes: Count
    tree_register_bit_writes: Count
    activation_reads: Count
    activation_writes: Count
    activation_values: Count
    partial_sum_accesses: Count
    partial_sum_values: Count
    weights_streamed: Count
    accumulator_width: int
    sum_width: float
    weight_bits: float = 2.0
    array_weight_bits: float = 2.0
    lookup_gate_operations: Count = 0
    weight_read_gate_operations: Count = 0
    table_bit_writes: Count = 0
    partial_sums_in_sram: bool = True

    def __post_init__(self) -> None:
        """Refuse what no array can do; raises InputError."""
        for name in _SUMMED:
            value = getattr(self, name)
            if name != "full_adder_operations":
                check_count(name, value)
            elif not isinstance(value, np.ndarray) and value != 0:
                require_number(name, value)
        for name in _CAPACITIES:
            if not isinstance(getattr(self, name), np.ndarray):
                require_int(name, getattr(self, name))
        require_int("accumulator_width", self.accumulator_width, 2, 128)
        if require_number("sum_width", self.sum_width) > self.accumulator_width:
            raise InputError(
                f"sum_width must be at most accumulator_width = {self.accumulator_width}, "
                f"not {self.sum_width!r}"
            )
        require_number("weight_bits", self.weight_bits)
        require_number("array_weight_bits", self.array_weight_bits)

    def repeat(self, times: int) -> "ArrayCounts":
        """Return the counts of the same matmul done `times` times."""
        require_int("times", times, minimum=0)
        return replace(self, **{name: getattr(self, name) * times for name in _SUMMED})


def add_counts(parts: Iterable[ArrayCounts]) -> ArrayCounts:
    """Return the counts of all `parts` on one array: sums, and the largest of each capacity.

    Raises InputError for no parts, or parts of different arrays.
    """
    listed = list(parts)
    if not listed:
        raise InputError("parts must hold at least one ArrayCounts, not none")
    for name in _SETTINGS:
        values = sorted({getattr(part, name) for part in listed})
        if len(values) > 1:
            raise InputError(f"parts must agree in {name}, not have {values}")
    sums = {name: sum(getattr(part, name) for part in listed) for name in _SUMMED}
    capacities = {name: max(getattr(part, name) for part in listed) for name in _CAPACITIES}
    return replace(listed[0], **sums, **capacities)


_SUMMED = tuple(
    field.name for field in fields(ArrayCounts) if field.name not in _CAPACITIES + _SETTINGS
)
