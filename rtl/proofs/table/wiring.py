"""What lies between slots and sums in the style `table`: who is wired to whom, how late."""

from collections.abc import Iterator
from itertools import product

from amaranth.hdl import Signal

from rtl.adders import place_ranks, sum_bits, total_bits
from rtl.config import ACTIVATION_BITS, ArrayConfig
from rtl.proofs.harness import Harness
from rtl.proofs.wiring import Stage, claim_flags
from rtl.table.codes import address_bits, plan_steps

#: A signal, the one that it has the value of, and their bits.
Wire = tuple[str, str, int]


def claim_wiring(harness: Harness, config: ArrayConfig) -> list[Stage]:
    """Claim that components give each other their data, and tiles' flags as late as their data.

    Return the stages of the way to the queue, the youngest first.
    """

    def look(path: str, width: int = 1) -> Signal:
        return harness.probe(f"dut.{path}", width)

    for sink, source, width in (*_list_control(config), *_list_data(config)):
        harness.claim(look(sink, width) == look(source, width))
    ranks, ranked = place_ranks(config)
    flags = {
        "valid": ("core.slots.issue", 1),
        "first": ("core.slots.starts", 1),
        "last": ("core.slots.completes", 1),
        "ends": ("core.slots.ends", 1),
    }
    stages = claim_flags(harness, flags, len(ranks) + 1)
    for late in ("", "_late")[: ranked + 1]:
        now, last = (look(f"core.accumulator.{name}{late}") for name in ("now", "last"))
        stages.append((now, last))
    return stages


def _list_control(config: ArrayConfig) -> Iterator[Wire]:
    slots, steps = "core.slots", (len(plan_steps(config.group)) - 1).bit_length()
    tile = (config.strip_depth - 1).bit_length()
    yield from (
        (f"{slots}.{name}", f"core.intake.{name}", 1) for name in ("valid", "first", "last")
    )
    yield f"{slots}.ends_fold", "core.intake.ends_fold", 1
    yield f"{slots}.strip_end", "core.intake.strip_end", tile
    yield f"{slots}.next_active", "core.store.next_active", 1
    yield f"{slots}.next_free", "queue.next_free", 1
    yield f"{slots}.start", "start", 1
    yield "core.intake.next_issue", f"{slots}.next_taken", 1
    yield "core.store.retire", f"{slots}.retire", 1
    yield "core.store.read", f"{slots}.issue", 1
    yield "core.store.tile", f"{slots}.tile", tile
    yield from ((f"core.tables.{name}", f"{slots}.{name}", 1) for name in ("write", "write_set"))
    yield "core.tables.step", f"{slots}.step", steps
    yield "core.tables.next_set", f"{slots}.read_set", 1
    yield "queue.write", "core.accumulator.complete", 1


def _list_data(config: ArrayConfig) -> Iterator[Wire]:
    groups, columns = -(-config.lanes // config.group), config.columns
    for k in range(config.lanes):
        yield f"core.tables.lanes__{k}", f"core.intake.lanes__{k}", ACTIVATION_BITS
    for i, c in product(range(groups), range(columns)):
        place = f"addresses__{i}__{c}"
        yield f"core.tables.{place}", f"core.store.{place}", address_bits(config.group)
        yield f"core.adders.terms__{i}__{c}", f"core.tables.sums__{i}__{c}", sum_bits(config.group)
    for i in range(groups):
        yield f"core.adders.next_negative__{i}", f"core.store.negative__{i}", columns
    for c in range(columns):
        total = f"totals__{c}"
        yield f"core.accumulator.{total}", f"core.adders.{total}", total_bits(config)
    yield "core.accumulator.negative_totals", "core.adders.negative_totals", columns
    for bit in range(config.accumulator_width):
        yield f"queue.sums__{bit}", f"core.accumulator.sums__{bit}", columns
