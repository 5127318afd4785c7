"""Slots: each beat's tables are written once, and each tile of its strip is looked up in them."""

from amaranth.hdl import Mux, Signal

from rtl.config import ArrayConfig
from rtl.proofs.harness import Harness, implies
from rtl.proofs.table.slot_model import SlotModel
from rtl.table.slots import SlotCounter


def state_slots(config: ArrayConfig) -> Harness:
    """Claim when entries are written and tiles issued, of which beat, and in which set of tables.

    Assumed: a start comes while nothing is pending; a beat stays, with what is told of it, until it
    is taken; its strip has 1 to D tiles; the fold of a slot that has begun stays active.
    """
    harness = Harness()
    m = harness.module
    m.submodules.dut = dut = SlotCounter(config=config)
    start, valid = harness.free("start"), harness.free("valid")
    m.d.comb += [
        dut.start.eq(start),
        dut.valid.eq(valid),
        dut.next_active.eq(harness.free("next_active")),
        dut.next_free.eq(harness.free("next_free")),
    ]
    active = harness.carry(dut.next_active, "active")
    free = harness.carry(dut.next_free, "free")
    slots = SlotModel(harness, config, start=start, valid=valid, active=active, free=free)
    waiting, here = slots.waiting, slots.here
    for name in ("strip_end", "first", "last", "ends_fold"):
        m.d.comb += getattr(dut, name).eq(getattr(waiting, name))
    harness.assume(implies(start, ~slots.pending & ~valid))
    harness.assume(implies(valid, waiting.is_possible()))
    stays = harness.delay(valid & ~slots.taken & ~harness.reset)
    harness.assume(implies(stays, valid & (waiting.told == harness.delay(waiting.told))))
    harness.assume(implies(slots.age != 0, active))

    harness.claim(dut.write == slots.write)
    harness.claim(dut.step == slots.written)
    harness.claim(implies(dut.step != 0, dut.write))
    next_to_last = slots.write & (slots.written == slots.entries - 2)
    harness.claim(dut.next_taken == next_to_last)
    harness.claim(harness.probe("dut.taken") == slots.taken)
    harness.claim(dut.write_set == slots.fills)
    # No set is written before its slot is over; a slot looks up what was written for it.
    harness.claim(implies(dut.write & (slots.count != 0), dut.write_set != here.set))
    harness.claim(dut.issue == slots.issue)
    for found, owed in (
        (dut.tile, slots.issued),
        (dut.read_set, here.set),
        (dut.starts, here.first),
        (dut.completes, here.last),
        (dut.ends, here.ends_fold & (slots.issued + 1 == here.tiles)),
    ):
        harness.claim(implies(slots.issue, found == owed))
    # Every tile is issued once.
    harness.claim(implies(slots.ends, slots.issued + slots.issue == here.tiles))
    harness.claim(dut.retire == (slots.ends & here.ends_fold))
    harness.claim(dut.pending == slots.pending)
    for tile in range(config.strip_depth):
        _claim_distance(harness, slots, tile)
    _claim_sound(harness, slots)
    _tie(harness, config, slots)
    return harness


def _claim_distance(harness: Harness, slots: SlotModel, tile: int) -> None:
    """Claim that the tile is issued again E cycles later at the earliest."""
    entries, issued = slots.entries, slots.issued
    since = Signal(range(entries + 1), name=f"since{tile}", init=entries)
    this = slots.issue & (issued == tile)
    long_ago = since == entries
    harness.module.d.sync += since.eq(Mux(this, 1, since + ~long_ago))
    harness.claim(implies(this, long_ago))
    in_this_slot = since + tile >= slots.age
    before = since + tile >= max(entries, tile + 1) + slots.age
    in_a_matmul_before = (slots.count == 0) & (since >= slots.written)
    harness.claim(implies(issued > tile, long_ago | in_this_slot))
    harness.claim(implies(issued <= tile, long_ago | before | in_a_matmul_before))


def _claim_sound(harness: Harness, slots: SlotModel) -> None:
    """Claim what holds of the model by itself."""
    here, behind, count = slots.here, slots.behind, slots.count
    harness.claim(count != 3)
    harness.claim(implies(count == 0, (slots.issued == 0) & (slots.age == 0)))
    some = count != 0
    harness.claim(implies(some, here.is_possible() & (here.set == slots.fills ^ count[0])))
    harness.claim(implies(some, (slots.issued <= here.tiles) & (slots.age < slots.length)))
    runs_on = slots.issued == here.tiles
    harness.claim(implies(some, Mux(runs_on, slots.age >= slots.issued, slots.age == slots.issued)))
    harness.claim(implies(count == 2, behind.is_possible() & (behind.set == ~slots.fills)))


def _tie(harness: Harness, config: ArrayConfig, slots: SlotModel) -> None:
    """Claim what the counter's registers hold."""
    here, behind, entries = slots.here, slots.behind, slots.entries

    def look(name: str, width: int = 1) -> Signal:
        return harness.probe(f"dut.{name}", width)

    some, two, whole = slots.count != 0, slots.count == 2, slots.issued == here.tiles
    harness.claim(look("ready") == some)
    harness.claim(look("ready_next") == two)
    harness.claim(look("read_set") == slots.fills ^ slots.count[0])
    harness.claim(look("unissued") == (some & ~whole))
    harness.claim(implies(some & ~whole, look("allowed") == slots.allowed))
    mature = slots.age >= entries - 1
    harness.claim(look("mature") == mature)
    age = look("age", (entries - 1).bit_length())
    harness.claim(age == Mux(mature, entries - 1, slots.age))
    bits = (config.strip_depth - 1).bit_length()
    harness.claim(implies(~some | ~whole, look("tile", bits) == slots.issued))
    left = look("left_here", bits)
    harness.claim(implies(some & ~whole, left + 1 == here.tiles - slots.issued))
    harness.claim(implies(some & ~whole, look("last_tile_here") == (left == 0)))
    harness.claim(implies(two, look("left_behind", bits) + 1 == behind.tiles))
    harness.claim(implies(two, look("last_tile_behind") == (behind.tiles == 1)))
    for name in ("first", "last", "ends_fold"):
        harness.claim(implies(some, look(f"{name}_here") == getattr(here, name)))
        harness.claim(implies(two, look(f"{name}_behind") == getattr(behind, name)))
