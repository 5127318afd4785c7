"""The array around its core: its streams, the places of results, and what software is told."""

from amaranth.hdl import Cat, Const, Mux, Signal, Value

from rtl.array import TernaryArray
from rtl.config import ArrayConfig
from rtl.proofs.harness import Harness, implies
from rtl.proofs.wiring import Stage
from rtl.sequencer import NEST_LAYOUT


def state_registered_outputs(config: ArrayConfig) -> Harness:
    """Show the array's outputs beside its inputs, for the proof by structure."""
    harness, dut = drive_array(config)
    for name, value in {
        "command_ready": dut.command.ready,
        "weights_ready": dut.weights.ready,
        "activations_ready": dut.activations.ready,
        "results_valid": dut.results.valid,
        "results_payload": dut.results.payload,
        "busy": dut.busy,
        "error": dut.error,
        "cycles": dut.cycles,
    }.items():
        harness.show(name, value)
    return harness


def claim_final(harness: Harness, since: Value) -> None:
    """Claim that the intake knows the matmul's last beat.

    `since` counts the cycles since the start up to 3, from when the place of a beat is known.
    """
    final_beat, ends_fold, last_fold, pending = (
        harness.probe(f"dut.core.intake.{name}")
        for name in ("final_beat", "ends_fold", "last_fold", "pending")
    )
    harness.claim(implies(pending & (since == 3), final_beat == (ends_fold & last_fold)))


def claim_told(harness: Harness, dut: TernaryArray, start: Value, pending: Value) -> None:
    """Claim what software is told: `busy`, `error` and `cycles`."""
    m = harness.module
    illegal = harness.probe("dut.core.illegal")
    reserved = harness.probe("dut.queue.reserved", dut.config.result_depth.bit_length())
    harness.claim(dut.command.ready == ~dut.busy)
    harness.claim(start == (dut.command.valid & dut.command.ready))
    harness.claim(dut.busy == (pending | (reserved != 0)))
    harness.claim(implies(start, ~illegal))
    command = Signal(48, reset_less=True)
    with m.If(start):
        m.d.sync += command.eq(dut.command.payload.as_value())
    sizes = [command.word_select(i, 16) for i in range(3)]
    chunks = (dut.config.token_depth, dut.config.strip_depth, 1)
    lasts = ((size - 1)[:16] for size in sizes)
    fits = (size <= chunk for size, chunk in zip(sizes, chunks, strict=True))
    nest = harness.probe("dut.core.nest", NEST_LAYOUT.size)
    harness.claim(implies(dut.busy, nest == Cat(*lasts, *fits)))
    error, cycles = Signal(), Signal(48)
    m.d.sync += error.eq(~start & (error | illegal))
    m.d.sync += cycles.eq(Mux(start, 0, cycles + dut.busy))
    harness.claim(dut.error == error)
    harness.claim(dut.cycles == cycles)
    harness.claim(harness.probe("dut.full") == (cycles[:24] == (1 << 24) - 1))


def claim_places(
    harness: Harness,
    config: ArrayConfig,
    stages: list[Stage],
    reserve: Value,
    to_come: Value,
) -> Value:
    """Claim that every beat on its way to the queue has a place there; return if any beat is.

    `to_come` tells if more is to be issued.
    """
    depth = config.result_depth
    bits = depth.bit_length()

    def look(path: str, width: int = 1) -> Signal:
        return harness.probe(f"dut.{path}", width)

    reserved, written = look("queue.reserved", bits), look("queue.written", bits)
    coming = sum((there & last for there, last in stages), Const(0))
    harness.claim(look("queue.free") == (reserved != depth))
    harness.claim(look("queue.offers") == (written != 0))
    harness.claim(look("queue.one_left") == (reserved == depth - 1))
    harness.claim(implies(reserve, reserved != depth))
    harness.claim(implies(look("queue.write"), reserved != written))
    harness.claim(reserved == written + coming)
    harness.claim(reserved <= depth)
    # Behind the last beat of a matmul, which is one of results, none is on its way.
    younger = to_come
    for there, last in stages:
        harness.claim(implies(there & ~younger, last))
        younger = younger | there
    return sum((there for there, _ in stages), Const(0)).bool()


def drive_array(config: ArrayConfig) -> tuple[Harness, TernaryArray]:
    """Return an array as `dut` of a harness, with any offers on its streams."""
    harness = Harness()
    harness.module.submodules.dut = dut = TernaryArray(config=config)
    for name, target in {
        "command_valid": dut.command.valid,
        "command_payload": dut.command.payload.as_value(),
        "weights_valid": dut.weights.valid,
        "weights_payload": dut.weights.payload,
        "activations_valid": dut.activations.valid,
        "activations_payload": dut.activations.payload,
        "results_ready": dut.results.ready,
    }.items():
        harness.module.d.comb += target.eq(harness.free(name, len(target)))
    return harness, dut
