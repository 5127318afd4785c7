"""What the energy ledger knows of an array: counts of values and bits, never its structure.

The cycle model and the compressor tree's plan fill an `ArrayCounts`; accounts price it in every
number format. So counts are of values, whose bits each format sets (a partial sum has 16 bits in
FP16), and of bits only where a multiply-add array has no counterpart.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

import numpy as np

from energy.quantities import Count, Energy, check_count
from workloads.errors import InputError, require_int, require_number

WEIGHT_BITS = (2.0, 1.6)

_CAPACITIES = ("activation_values", "partial_sum_values")
_SETTINGS = ("accumulator_width", "weight_bits", "partial_sums_in_sram")


@dataclass(frozen=True, kw_only=True)
class ArrayCounts:
    """Events of all ternary matmuls of one forward pass on an array, padding of tiles included.

    Events and capacities are ints, or float64 arrays over passes that share the settings below.

    Attributes
    ----------
    lane_operations : weight positions used, lanes x columns in every cycle that issues a beat. A
        multiply-add array spends one multiply and one add on each.
    full_adder_operations : full adders (half adders count half) of compressor trees, final adders
        and accumulators, each counted in every cycle that issues a beat.
    selector_bit_operations : bits of +a, -a or 0 selected, 8 a lane operation.
    weight_register_writes : weights latched, once for each register bank a weight passes.
    activation_register_writes : activations latched in the input register.
    sum_register_writes : column sums latched behind the tree.
    tree_register_bit_writes : bits latched by register ranks inside the tree; no counterpart
        in a multiply-add array, whose units are priced without inner registers.
    activation_reads, activation_writes : activations read from and results written to the
        activation buffer, as values.
    activation_values : capacity of that buffer, in values.
    partial_sum_accesses : partial sums read plus partial sums written.
    partial_sum_values : capacity of the partial sum memory, in values.
    weights_streamed : weights fetched from DRAM, again for every block of tokens that needs them.
    accumulator_width : bits of a partial sum.
    weight_bits : bits of a weight in DRAM: 2, or 1.6 for five trits in a byte.
    partial_sums_in_sram : False if partial sums sit in registers, priced as register bits.
    """

    lane_operations: Count
    full_adder_operations: Energy
    selector_bit_operations: Count
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
    weight_bits: float = 2.0
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
        if self.weight_bits not in WEIGHT_BITS:
            raise InputError(f"weight_bits must be 2 or 1.6, not {self.weight_bits!r}")

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
