"""The AXI core: packets end where matmuls end, and what is offered stays until it is taken."""

from amaranth.hdl import Const, Mux, Signal, Value
from amaranth.lib.wiring import In, Out

from rtl.axi.core import AxiArray
from rtl.axi.packets import PacketCounter
from rtl.axi.sender import PacketSender
from rtl.config import ArrayConfig
from rtl.proofs.harness import Harness, implies
from rtl.proofs.nest import NestModel


def state_packets(config: ArrayConfig, stream: str) -> Harness:
    """Claim that the counter tells the last beat of a matmul, for every command.

    Assumed: a start comes while no nest runs, a transfer while one does, not in its first cycle.
    """
    harness = Harness()
    m = harness.module
    m.submodules.dut = dut = PacketCounter(config=config, stream=stream)
    start = harness.free("start")
    command = harness.free("command", 48)
    transfer = harness.free("transfer")
    m.d.comb += [dut.start.eq(start), dut.transfer.eq(transfer)]
    beat = Signal(32)  # within its fold
    ends_fold = Signal()
    nest = NestModel(
        harness,
        start=start,
        command=Mux(stream == "results", Const(1 << 32, 48) | command[:32], command),
        advance=transfer & ends_fold,
        config=config,
    )
    m.d.comb += dut.command.eq(nest.command)
    fold = nest.fold
    harness.assume(implies(transfer, fold.running & ~nest.begins & ~start))
    nest.tie("dut.folds")
    tokens = nest.count_tokens(fold)
    tiles = nest.count_tiles(fold)
    beats: Value = {
        "weights": tiles * config.beats_per_tile,
        "activations": tokens,
        "results": tokens * tiles,
    }[stream]
    m.d.comb += ends_fold.eq(beat + 1 == beats)
    with m.If(transfer):
        m.d.sync += beat.eq(Mux(ends_fold, 0, beat + 1))
    harness.claim(Mux(fold.running, beat < beats, beat == 0))
    harness.claim(implies(fold.running & ~nest.begins, dut.last == (ends_fold & ~nest.follow(fold).running)))
    inner, outer = {
        "weights": (("beat", config.beats_per_tile), ("tile", config.strip_depth)),
        "activations": (("token", config.token_depth), None),
        "results": (("tile", config.strip_depth), ("token", config.token_depth)),
    }[stream]
    place = harness.probe(f"dut.{inner[0]}", (inner[1] - 1).bit_length())
    if outer is None:
        harness.claim(beat == place)
        return harness
    pace = Mux(fold.running, tiles, 1) if stream == "results" else config.beats_per_tile
    around = harness.probe(f"dut.{outer[0]}", (outer[1] - 1).bit_length())
    harness.claim(place < pace)
    harness.claim(beat == around * pace + place)
    return harness


def state_sender(bits: int) -> Harness:
    """Claim that beats are sent once, in order, and stay until taken; that packets are closed."""
    harness = Harness()
    m = harness.module
    m.submodules.dut = dut = PacketSender(payload_bits=bits)
    offered, last, cut, ready = (harness.free(n) for n in ("offered", "last", "cut", "ready"))
    payload = harness.free("payload", bits)
    m.d.comb += [
        dut.beats.valid.eq(offered),
        dut.beats.payload.eq(payload),
        dut.last.eq(last),
        dut.cut.eq(cut),
        dut.packets.tready.eq(ready),
    ]
    packets = dut.packets
    take = offered & dut.beats.ready
    closing = Signal()
    unfinished = Signal()  # of the packet of the youngest beat
    holds = Signal()
    beat = Signal(bits, reset_less=True)
    ends = Signal(reset_less=True)
    closes = Signal(reset_less=True)  # the beat held was added to close a packet
    room = ~holds | ready
    with m.If(take):
        m.d.sync += [holds.eq(1), beat.eq(payload), ends.eq(last), closes.eq(0)]
        m.d.sync += unfinished.eq(~last)
    with m.Elif(closing & room):
        m.d.sync += [holds.eq(1), ends.eq(1), closes.eq(1), unfinished.eq(0), closing.eq(0)]
    with m.Elif(ready):
        m.d.sync += holds.eq(0)
    with m.If(cut & unfinished & ~(closing & room)):
        m.d.sync += closing.eq(1)
    harness.claim(harness.probe("dut.closing") == closing)
    harness.claim(harness.probe("dut.unfinished") == unfinished)
    harness.claim(implies(closing, unfinished))
    harness.claim(dut.beats.ready == (room & ~closing & ~cut))
    harness.claim(packets.tvalid == holds)
    harness.claim(implies(holds, packets.tlast == ends))
    harness.claim(implies(holds & ~closes, packets.tdata[:bits] == beat))
    lasting = harness.age(1) == 1
    _claim_stays(harness, lasting, packets.tvalid, ready, packets.tdata, packets.tlast)
    return harness


def _claim_stays(
    harness: Harness, lasting: Value, valid: Value, ready: Value, *payloads: Value
) -> None:
    """Claim that what is offered and not taken is offered again, unchanged."""
    waits = harness.delay(valid & ~ready & ~harness.reset) & lasting
    harness.claim(implies(waits, valid))
    for payload in payloads:
        harness.claim(implies(waits, payload == harness.delay(payload)))


def state_handshakes(config: ArrayConfig) -> Harness:
    """Claim that an offer stays until it is taken, whatever software does, and that ends are told.

    Only a reset by `aresetn` may take an offer back.
    """
    harness, dut = _drive(config)
    lite, results = dut.s_axi, dut.m_axis_results
    lasting = harness.age(1) == 1
    _claim_stays(harness, lasting, results.tvalid, results.tready, results.tdata, results.tlast)
    _claim_stays(harness, lasting, lite.bvalid, lite.bready, lite.bresp)
    _claim_stays(harness, lasting, lite.rvalid, lite.rready, lite.rdata, lite.rresp)
    cleared = harness.delay(harness.probe("dut.control.reset"))
    for name in ("weights", "activations"):
        stream = getattr(dut, f"s_axis_{name}")
        wrong = harness.probe(f"dut.{name}_wrong")
        transfer = harness.probe(f"dut.{name}_packet.transfer")
        last = harness.probe(f"dut.{name}_packet.last")
        differs = transfer & (stream.tlast != last)
        owed = harness.delay(wrong | differs) & ~cleared
        harness.claim(implies(lasting, wrong == owed))
        harness.claim(implies(wrong, ~transfer))
    return harness


def state_axi_outputs(config: ArrayConfig) -> Harness:
    """Show the core's outputs beside its inputs, for the proof by structure."""
    harness, dut = _drive(config)
    for path, member, value in dut.signature.flatten(dut):
        if member.flow == Out:
            harness.show("_".join(map(str, path)), value)
    return harness


def _drive(config: ArrayConfig) -> tuple[Harness, AxiArray]:
    harness = Harness()
    harness.module.submodules.dut = dut = AxiArray(config=config)
    for path, member, value in dut.signature.flatten(dut):
        if member.flow == In:
            harness.module.d.comb += value.eq(harness.free("_".join(map(str, path)), len(value)))
    return harness, dut
