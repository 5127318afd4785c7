"""Packets: they end where matmuls end."""

from amaranth.hdl import Mux, Signal, Value

from rtl.axi.packets import PacketCounter
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
    transfer = harness.free("transfer")
    m.d.comb += dut.transfer.eq(transfer)
    beat = Signal(32)  # within its fold
    ends_fold = Signal()
    nest = NestModel(harness, config, dut, transfer & ends_fold, one_lane_tile=stream == "results")
    fold = nest.fold
    harness.assume(implies(transfer, nest.settled & ~nest.start))
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
    harness.claim(implies(nest.settled, dut.last == (ends_fold & nest.is_final(fold))))
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
