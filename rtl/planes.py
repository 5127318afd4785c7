"""Bit planes: bit b of every column of the array as one word.

A full adder over all columns is then a ^ b ^ c and the majority of a, b, c on words of `columns`
bits. The gates are those of `columns` separate adders; a simulator handles them at once.
"""

from collections.abc import MutableMapping, Sequence
from typing import Any

from amaranth.hdl import MemoryData, MemoryInstance, Module, Signal, Value

from rtl.tree.compressor import Adder


def add_stage(
    m: Module, adders: Sequence[Adder], planes: MutableMapping[int, Value], prefix: str
) -> None:
    """Add the adders of one stage to `m`; `planes`, by bit number, gains their sums and carries.

    The signals of an adder are `<prefix>_b<column>_<i>_sum` and `..._carry`.
    """
    for index, adder in enumerate(adders):
        a, b, *c = (planes[bit] for bit in adder.inputs)
        name = f"{prefix}_b{adder.column}_{index}"
        total = Signal(len(a), name=f"{name}_sum")
        carry = Signal(len(a), name=f"{name}_carry")
        if c:
            half = Signal(len(a), name=f"{name}_half")
            m.d.comb += [
                half.eq(a ^ b),
                total.eq(half ^ c[0]),
                carry.eq((a & b) | (half & c[0])),
            ]
        else:
            m.d.comb += [total.eq(a ^ b), carry.eq(a & b)]
        planes[adder.sum] = total
        if adder.carry is not None:
            planes[adder.carry] = carry


def add_memory(m: Module, name: str, *, columns: int, depth: int) -> Any:
    """Add a memory of `depth` words of `columns` bits to `m` and return it, without ports.

    One memory for each plane is what block RAM and LUT RAM are inferred from.
    """
    data = MemoryData(shape=columns, depth=depth, init=[])
    m.submodules[name] = memory = MemoryInstance(data=data)  # type: ignore[call-arg]
    return memory
