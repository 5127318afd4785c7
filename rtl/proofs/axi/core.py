"""The AXI core: what is offered stays until it is taken, and packets of a wrong length are told."""

from amaranth.hdl import Cat
from amaranth.lib.wiring import In, Out

from rtl.axi.core import AxiArray
from rtl.config import ACTIVATION_BITS, ArrayConfig
from rtl.proofs.harness import Harness, implies


def state_handshakes(config: ArrayConfig) -> Harness:
    """Claim that an offer stays until it is taken, whatever software does, and that ends are told.

    Only a reset by `aresetn` may take an offer back. The same is claimed of what the core offers
    the array while a matmul runs, but for resets by software; assumed: what it is offered stays.
    """
    harness, dut = _drive(config)
    lite, results = dut.s_axi, dut.m_axis_results
    harness.claim_stays(results.tvalid, results.tready, results.tdata, results.tlast)
    harness.claim_stays(lite.bvalid, lite.bready, lite.bresp)
    harness.claim_stays(lite.rvalid, lite.rready, lite.rdata, lite.rresp)
    lasting = harness.age(1) == 1
    # A command is taken in the cycle in which it is offered.
    for offered, taken in (("control.command__valid", "taken"), ("commanded", "array.start")):
        harness.claim(implies(harness.probe(f"dut.{offered}"), harness.probe(f"dut.{taken}")))
    cleared = harness.delay(harness.probe("dut.control.reset"))
    ends = harness.probe("dut.control.reset") | ~harness.probe("dut.array.busy")
    sizes = {
        "weights": config.weight_bus_bits,
        "activations": ACTIVATION_BITS * config.lanes,
    }
    for name, bits in sizes.items():
        stream = getattr(dut, f"s_axis_{name}")
        wrong = harness.probe(f"dut.{name}_wrong")
        transfer = harness.probe(f"dut.{name}_packet.transfer")
        offer = Cat(stream.tdata, stream.tlast)
        waits = harness.delay(stream.tvalid & ~stream.tready & ~harness.reset)
        harness.assume(implies(waits, stream.tvalid & (offer == harness.delay(offer))))
        inner = f"dut.array.{name}"
        harness.claim_stays(
            harness.probe(f"{inner}__valid"),
            harness.probe(f"{inner}__ready") | ends,
            harness.probe(f"{inner}__payload", bits),
        )
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
