"""The loader: beats into tiles, codes into weights, the time of swaps, no illegal code unseen."""

from amaranth.hdl import Cat, Const, Mux, Signal, Value

from rtl.config import ArrayConfig
from rtl.loader import WeightLoader
from rtl.proofs.decoder import claim_weights, is_any_illegal, read_code
from rtl.proofs.folds import FoldWindow
from rtl.proofs.harness import Harness, implies
from rtl.proofs.packings import list_legal_codes


def state_loader(config: ArrayConfig) -> Harness:
    """Claim when beats are taken and tiles swap, the weights of the complete tile, and the flag.

    Assumed: a start comes while the loader holds nothing.
    """
    harness = Harness()
    m = harness.module
    m.submodules.dut = dut = WeightLoader(config=config)
    offered = harness.free("offered")
    payload = harness.free("payload", config.weight_bus_bits)
    m.d.comb += [
        dut.next_retire.eq(harness.free("next_retire")),
        dut.weights.valid.eq(offered),
        dut.weights.payload.eq(payload),
    ]
    beats, delta = config.beats_per_tile, config.hold_cycles
    tile = [Signal(len(payload), name=f"beat{i}", reset_less=True) for i in range(beats)]
    count = Signal(range(beats + 1))
    full = Signal()
    active = Signal()
    retire = active & harness.carry(dut.next_retire, "retires")
    age = Signal(range(delta + 2), init=delta + 1)  # cycles since the swap, up to delta + 1
    accept = offered & dut.weights.ready
    complete = accept & (count == beats - 1)
    swap = full & (~active | retire)
    start = harness.free("start")
    folds = FoldWindow(harness, start, retire)
    harness.assume(implies(start, ~full & ~active & ~folds.exists(0)))
    folds.tell(dut)
    m.d.comb += dut.start.eq(start)
    m.d.sync += age.eq(Mux(swap, 1, Mux(age > delta, age, age + 1)))
    with m.If(swap):
        m.d.sync += [active.eq(1), full.eq(0)]
    with m.Elif(retire):
        m.d.sync += active.eq(0)
    with m.If(accept):
        m.d.sync += count.eq(count + 1)
        for i, part in enumerate(tile):
            with m.If(count == i):
                m.d.sync += part.eq(payload)
    with m.If(complete):
        m.d.sync += [count.eq(0), full.eq(1)]

    harness.claim(harness.probe("dut.full") == full)
    harness.claim(harness.probe("dut.beat", beats) == 1 << count)
    if delta > 1:
        waits = harness.probe("dut.hold")
        left = harness.probe("dut.hold_left", (delta - 1).bit_length())
        harness.claim(waits == (age < delta))
        harness.claim(implies(waits, left == delta - age))
    if beats > 1:
        harness.claim(harness.probe("dut.more") == folds.exists(full + active))
    taken = Mux(swap, delta == 0, ~full & (age >= delta))
    harness.claim(dut.weights.ready == (folds.exists(full + active) & taken))
    harness.claim(implies(full | active, folds.exists(0)))
    harness.claim(implies(full & active, folds.exists(1)))
    harness.claim(implies(~folds.settled, ~full & ~active & (count == 0)))
    harness.claim(implies(full, count == 0))
    harness.claim(implies(count != 0, folds.exists(full + active)))
    harness.claim(dut.swap == swap)
    harness.claim(dut.active == active)
    harness.claim(dut.vacant == (~active | retire))
    harness.claim(dut.next_active == (swap | (active & ~retire)))
    kept = age <= delta  # of the tile that was swapped last
    harness.claim(implies(kept, ~full & (count == 0)))
    _claim_tile(harness, dut, tile, accept, count, full | kept)
    harness.claim(dut.illegal == (accept & is_any_illegal(payload, config, count)))
    return harness


def _claim_tile(
    harness: Harness,
    dut: WeightLoader,
    tile: list[Signal],
    accept: Value,
    count: Value,
    whole: Value,
) -> None:
    """Claim that the weights of the beats in `tile` are in the bank: `count` of them, or all.

    But for the beat taken in the cycle before: it is on its way there.
    """
    config = dut.config
    codes = list_legal_codes(config)
    per_beat, lanes = config.codes_per_beat, config.code_lanes
    arrived = harness.probe("dut.arrived", len(tile) - 1)
    latest = {
        (sign, trit): harness.probe(f"dut.{sign}{trit}_latest", per_beat)
        for sign in ("positive", "negative")
        for trit in range(lanes)
    }
    arrives = [harness.carry(accept & (count == beat), "arrives") for beat in range(len(tile) - 1)]
    harness.claim(arrived == Cat(arrives))
    harness.claim(implies(Cat(arrives).any(), ~whole))
    for u in range(config.codes_per_tile):
        beat, place = divmod(u, per_beat)
        row, column = divmod(u, config.columns)
        first, end = row * lanes, min(row * lanes + lanes, config.lanes)
        planes = Cat(
            plane[column]
            for bank in (dut.tile_positive, dut.tile_negative)
            for plane in bank[first:end]
        )
        code = read_code(tile[beat], config, place)
        arriving: Value = arrives[beat] if beat < len(arrives) else Const(0)
        there = whole | ((count > beat) & ~arriving)
        claim_weights(harness, there, code, planes, codes, end - first)
        coming = Cat(
            latest[sign, trit][place]
            for sign in ("positive", "negative")
            for trit in range(end - first)
        )
        claim_weights(harness, arriving, code, coming, codes, end - first)
