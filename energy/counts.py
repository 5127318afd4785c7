"""What the energy ledger knows of an array: counts of values and bits, never its structure.

The cycle model and the compressor tree's plan fill an `ArrayCounts`; the ledger prices it twice,
for the ternary array and for its FP16 twin. So counts are of values, whose format each side sets
(a partial sum has 16 bits in the twin), and of bits only where the twin has no counterpart.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from workloads.errors import InputError, require_int, require_number

_CAPACITIES = ("activation_values", "partial_sum_values")
_SETTINGS = ("accumulator_width", "weight_bits", "partial_sums_in_sram")


@dataclass(frozen=True, kw_only=True)
class ArrayCounts:
    """Events of all ternary matmuls of one forward pass on an array, padding of tiles included.

    Attributes
    ----------
    lane_operations : weight positions used, lanes x columns in every cycle that issues a beat. The
        twin spends a multiply-add on each.
    full_adder_operations : full adders (half adders count half) of compressor trees, final adders
        and accumulators, each counted in every cycle that issues a beat.
    selector_bit_operations : bits of +a, -a or 0 selected, 8 a lane operation.
    weight_register_writes : weights latched, once for each register bank a weight passes.
    activation_register_writes : activations latched in the input register.
    sum_register_writes : column sums latched behind the tree.
    tree_register_bit_writes : bits latched by register ranks inside the tree; no counterpart in
        the twin, whose multiplier and adder are priced without inner registers.
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

    lane_operations: int
    full_adder_operations: float
    selector_bit_operations: int
    weight_register_writes: int
    activation_register_writes: int
    sum_register_writes: int
    tree_register_bit_writes: int
    activation_reads: int
    activation_writes: int
    activation_values: int
    partial_sum_accesses: int
    partial_sum_values: int
    weights_streamed: int
    accumulator_width: int
    weight_bits: float = 2.0
    partial_sums_in_sram: bool = True

    def __post_init__(self) -> None:
        """Refuse what no array can do; raises InputError."""
        if self.full_adder_operations != 0:
            require_number("full_adder_operations", self.full_adder_operations)
        for name in set(_SUMMED) - {"full_adder_operations"}:
            require_int(name, getattr(self, name), minimum=0)
        for name in _CAPACITIES:
            require_int(name, getattr(self, name))
        require_int("accumulator_width", self.accumulator_width, 2, 128)
        require_number("weight_bits", self.weight_bits)

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
