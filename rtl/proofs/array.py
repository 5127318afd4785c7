"""The array's control: it keeps every promise that the proofs of its components assume."""

from amaranth.hdl import Cat, Const, Mux, Signal, Value

from rtl.array import TernaryArray
from rtl.config import ArrayConfig
from rtl.proofs.harness import Harness, implies
from rtl.proofs.nest import NestModel
from rtl.proofs.wiring import Stage, claim_wiring


def state_control(config: ArrayConfig) -> Harness:
    """Claim that starts, swaps, issues, places and results keep step, and what software is told.

    Assumed of the surroundings: every command's sizes are at least 1.
    """
    harness, dut = _drive(config)
    m = harness.module

    def look(path: str, width: int = 1) -> Signal:
        return harness.probe(f"dut.{path}", width)

    start, issue, retire = look("start"), look("core.issue"), look("core.loader.retire")
    full, active = look("core.loader.full"), look("core.loader.active")
    valid, ends_fold, last = (
        look("core.intake.valid"),
        look("core.intake.ends_fold"),
        look("core.intake.last"),
    )
    pending = look("core.intake.pending")
    harness.claim(dut.command.ready == ~dut.busy)
    harness.claim(start == (dut.command.valid & dut.command.ready))
    harness.claim(issue == (valid & active & (look("queue.free") | ~last)))
    harness.claim(retire == (issue & ends_fold))

    command = dut.command.payload.as_value()
    nest = NestModel(harness, start=start, command=command, advance=retire, config=config)
    running, told = nest.fold.running, nest.fold.running & ~nest.begins
    nest.tie("dut.core.intake.folds")
    harness.claim(implies(dut.busy, look("command", 48) == nest.command))
    harness.claim(implies(full | active, told))
    harness.claim(implies(full & active, nest.follow(nest.fold).running))
    harness.claim(implies(valid, told))
    early = Signal(2)  # the first cycle of a matmul, the second
    m.d.sync += early.eq(Cat(start, early))
    harness.claim(look("core.intake.begins", 2) == early)
    harness.claim(implies(early.any(), running & ~active))
    harness.claim(pending == running)

    stages = claim_wiring(harness, config, nest)
    in_flight = _claim_places(harness, config, stages, issue & last, valid, running)
    reserved = look("queue.reserved", config.result_depth.bit_length())
    harness.claim(dut.busy == (pending | (reserved != 0)))
    harness.claim(implies(~dut.busy, ~running & ~full & ~active & ~valid & ~in_flight))

    owed_error, owed_cycles = Signal(), Signal(48)
    m.d.sync += owed_error.eq(~start & (owed_error | look("core.loader.illegal")))
    m.d.sync += owed_cycles.eq(Mux(start, 0, owed_cycles + dut.busy))
    harness.claim(dut.error == owed_error)
    harness.claim(dut.cycles == owed_cycles)
    return harness


def state_registered_outputs(config: ArrayConfig) -> Harness:
    """Show the array's outputs beside its inputs, for the proof by structure."""
    harness, dut = _drive(config)
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


def _claim_places(
    harness: Harness,
    config: ArrayConfig,
    stages: list[Stage],
    reserve: Value,
    valid: Value,
    running: Value,
) -> Value:
    """Claim that every beat on its way to the queue has a place there; return if any beat is."""
    depth = config.result_depth
    bits = depth.bit_length()

    def look(path: str, width: int = 1) -> Signal:
        return harness.probe(f"dut.{path}", width)

    reserved, written = look("queue.reserved", bits), look("queue.written", bits)
    coming = sum((there & last for there, last in stages), Const(0))
    harness.claim(implies(reserve, look("queue.free")))
    harness.claim(implies(look("queue.write"), reserved != written))
    harness.claim(reserved == written + coming)
    harness.claim(reserved <= depth)
    harness.claim(look("queue.free") == (reserved != depth))
    # Behind the last beat of a matmul, which is one of results, none is on its way.
    younger = valid | running
    for there, last in stages:
        harness.claim(implies(there & ~younger, last))
        younger = younger | there
    return sum((there for there, _ in stages), Const(0)).bool()


def _drive(config: ArrayConfig) -> tuple[Harness, TernaryArray]:
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
