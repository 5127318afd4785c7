"""The tile store: beats become tiles of places to look up, in two banks that take turns."""

from amaranth.hdl import Array, Cat, Mux, Signal
from amaranth.utils import ceil_log2

from rtl.config import ArrayConfig
from rtl.proofs.decoder import is_any_illegal
from rtl.proofs.harness import Harness, implies
from rtl.proofs.nest import NestModel
from rtl.proofs.table.banks import StripModel, claim_banks, claim_places, claim_stage
from rtl.table.weights import TileStore


def state_store(config: ArrayConfig) -> Harness:
    """Claim when beats are taken and banks swap, and what is read of the active fold's tiles.

    Assumed: a start comes while nothing is left to be loaded, a fold retires only while active.
    """
    harness = Harness()
    m = harness.module
    m.submodules.dut = dut = TileStore(config=config)
    retire, offered, read = (harness.free(n) for n in ("retire", "offered", "read"))
    payload = harness.free("payload", config.weight_bus_bits)
    wanted = harness.free("wanted", ceil_log2(config.strip_depth))
    m.d.comb += [
        dut.retire.eq(retire),
        dut.weights.valid.eq(offered),
        dut.weights.payload.eq(payload),
        dut.read.eq(read),
        dut.tile.eq(wanted),
    ]
    full, active, complete = Signal(), Signal(), Signal()
    completed = Signal()  # in the cycle before; only now the counter goes on
    accept = offered & dut.weights.ready
    swap = full & (~active | retire)
    nest = NestModel(harness, config, dut, completed)
    fold = nest.follow_if(completed)  # that comes
    tiles = nest.count_tiles(fold)
    shadow = StripModel(harness, config, "shadow")
    shadow.fill(accept, payload, complete)
    in_use = StripModel(harness, config, "in_use")
    m.d.comb += complete.eq(accept & shadow.ends_tile & (shadow.tile + 1 == tiles))
    m.d.sync += completed.eq(complete)
    with m.If(swap):
        m.d.sync += [active.eq(1), full.eq(complete)]
        m.d.sync += [to.eq(of) for to, of in zip(in_use.tiles, shadow.tiles, strict=True)]
        m.d.sync += in_use.size.eq(shadow.size)
    with m.Else():
        m.d.sync += [active.eq(active & ~retire), full.eq(full | complete)]
    with m.If(nest.start):
        m.d.sync += active.eq(0)
    harness.assume(implies(nest.start, ~full))
    harness.assume(implies(retire, active))

    nest.tie("dut.folds")
    harness.claim(implies(completed, nest.settled & full))
    harness.claim(harness.probe("dut.completed") == completed)
    harness.claim(harness.probe("dut.begins") == nest.begins)
    harness.claim(dut.weights.ready == (fold.running & (~full | swap)))
    harness.claim(dut.active == active)
    harness.claim(dut.next_active == (~nest.start & (swap | (active & ~retire))))
    illegal = accept & is_any_illegal(payload, config, shadow.beat)
    if config.packing == "group":  # recoded, and flagged, a cycle later
        illegal = harness.delay(illegal & ~harness.reset)
    harness.claim(dut.illegal == illegal)
    wanted_tile = Array(in_use.tiles)[wanted] if len(wanted) else in_use.tiles[0]
    there = harness.delay(read & active & (wanted < in_use.size) & ~harness.reset)
    found = {
        i * config.columns + c: Cat(address, dut.negative[i][c])
        for i, row in enumerate(dut.addresses)
        for c, address in enumerate(row)
    }
    claim_places(harness, config, there, harness.delay(wanted_tile), found)
    shown = Cat(found.values())
    harness.claim(implies(harness.delay(~read), shown == harness.delay(shown)))

    # Whatever fills is not what is read.
    fills, reads = harness.probe("dut.fills"), harness.probe("dut.reads")
    harness.claim(harness.probe("dut.full") == full)
    harness.claim(full == (fills == reads))
    harness.claim(harness.probe("dut.beat", ceil_log2(config.beats_per_tile)) == shadow.beat)
    harness.claim(harness.probe("dut.coming", ceil_log2(config.strip_depth)) == shadow.tile)
    comes = fold.running & ~full
    if min(config.strip_depth, config.beats_per_tile) > 1:
        told = comes & shadow.ends_tile
        ends_strip = harness.probe("dut.ends_strip")
        harness.claim(implies(told, ends_strip == (shadow.tile + 1 == tiles)))
    harness.claim(Mux(comes, shadow.tile < tiles, shadow.tile == 0))
    harness.claim(Mux(comes, shadow.beat < config.beats_per_tile, shadow.beat == 0))
    harness.claim(implies(nest.begins, ~full & (shadow.tile == 0) & (shadow.beat == 0)))
    claim_stage(harness, config, accept, shadow)
    claim_banks(harness, config, accept, shadow, full, in_use, active)
    return harness
