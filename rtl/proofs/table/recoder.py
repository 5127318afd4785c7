"""The recoder: a group's code finds the sum of its weights times any activations."""

from amaranth.hdl import Cat, Const, Mux, Signal, Value, signed

from rtl.adders import sum_bits
from rtl.config import ACTIVATION_BITS, ArrayConfig
from rtl.proofs.harness import Harness, implies
from rtl.proofs.table.entries import list_entries, multiply
from rtl.table.codes import list_codes
from rtl.table.recoder import Recoder


def state_group(config: ArrayConfig) -> Harness:
    """Claim of any code and any activations that the entry it finds gives the product of weights.

    An entry is here what `state_tables` claims of it. A code is legal if any weights have it.
    """
    harness = Harness()
    m = harness.module
    group = config.group
    m.submodules.dut = dut = Recoder(config=config, groups=1)
    lanes = [harness.free(f"a{k}", ACTIVATION_BITS) for k in range(group)]
    code = harness.free("code", len(dut.codes))
    m.d.comb += [plane.eq(bit) for plane, bit in zip(dut.codes, code, strict=True)]

    entry: Value = Const(0)
    for address, weights in list_entries(group):
        entry = Mux(Cat(dut.addresses) == address, multiply(lanes, weights), entry)
    found = Signal(signed(sum_bits(group) + 1))
    m.d.comb += found.eq(Mux(dut.negative, -entry, entry))
    known: Value = Const(0)
    for one in list_codes(group):
        # Written from the specification: v = sum of w_i 3^i.
        value = sum(weight * 3**k for k, weight in enumerate(one.weights))
        number = abs(value) | (value < 0) << (group + 1)
        if config.packing != "group":
            planes = [weight == sign for sign in (1, -1) for weight in one.weights]
            number = sum(bit << i for i, bit in enumerate(planes))
        known |= code == number
        harness.claim(implies(code == number, found == multiply(lanes, one.weights)))
    harness.claim(dut.illegal == ~known)
    return harness
