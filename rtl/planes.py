"""Bit planes: bit b of every column of the array as one word.

A full adder over all columns is then a ^ b ^ c and the majority of a, b, c on words of `columns`
bits. The gates are those of `columns` separate adders; a simulator handles them at once.
"""

from collections.abc import MutableMapping, Sequence

from amaranth.hdl import Module, Signal, Value

from rtl.compressor import Adder


def add_stage(
    m: Module, adders: Sequence[Adder], planes: MutableMapping[int, Value], prefix: str
) -> None:
    """Add the adders of one stage to `m`; `planes`, by bit number, gains their sums and carries.

    An adder's signals are named `<prefix>_b<column>_<i>_sum` and `..._carry`.
    """
    for index, adder in enumerate(adders):
        inputs = [planes[bit] for bit in adder.inputs]
        name = f"{prefix}_b{adder.column}_{index}"
        planes[adder.sum] = total = Signal(len(inputs[0]), name=f"{name}_sum")
        carry = Signal(len(inputs[0]), name=f"{name}_carry")
        half = inputs[0] ^ inputs[1]
        if len(inputs) == 2:
            m.d.comb += [total.eq(half), carry.eq(inputs[0] & inputs[1])]
        else:
            m.d.comb += total.eq(half ^ inputs[2])
            m.d.comb += carry.eq((inputs[0] & inputs[1]) | (half & inputs[2]))
        if adder.carry is not None:
            planes[adder.carry] = carry
