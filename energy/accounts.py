"""An account: the energy of a forward pass in one number format, entry by entry, of one scope."""

from collections.abc import Callable

from energy.arithmetic_scopes import count_arithmetic, count_lm_head
from energy.array_arithmetic import count_array
from energy.array_traffic import count_dram, count_registers, count_sram
from energy.compositions import Composition
from energy.counts import ArrayCounts
from energy.entries import Entry, ForwardPass
from energy.formats import NumberFormat
from energy.quantities import Energy
from workloads.errors import InputError

_PARTS: dict[str, Callable[[ForwardPass, NumberFormat, Composition, ArrayCounts], list[Entry]]] = {
    "array": count_array,
    "registers": count_registers,
    "sram": count_sram,
    "dram": count_dram,
}


def open_account(
    forward: ForwardPass,
    numbers: NumberFormat,
    composition: Composition,
    counts: ArrayCounts | None = None,
) -> list[Entry]:
    """Return the entries of `composition`, those of its base first.

    `counts` is what the ternary matmuls of the pass cost on an array. Raises InputError where it
    is needed and missing, and where a price or a measured rate is.
    """
    if composition.needs_array and counts is None:
        raise InputError(f"scope {composition.name} needs the counts of an array")
    entries = [] if composition.base == "array" else count_arithmetic(forward, numbers, composition)
    for part in (composition.base, *composition.parts):
        if counts is not None and part in _PARTS:
            entries += _PARTS[part](forward, numbers, composition, counts)
    if "lm-head" in composition.parts:
        entries += count_lm_head(forward, numbers, composition)
    return entries


def sum_pj(entries: list[Entry]) -> Energy:
    """Return the energy of all entries, in their order."""
    total: Energy = 0.0
    for entry in entries:
        total = total + entry.pj
    return total
