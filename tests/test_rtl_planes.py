# amaranth: UnusedElaboratable=no
"""rtl.planes: the adders' truth tables, on every column at once; memories of planes."""

from amaranth.hdl import Const, Module, Signal
from benches.clocked import simulate

from rtl.planes import add_memory, add_stage
from rtl.tree.compressor import Adder

# Column c of the planes holds row c of the truth table of three inputs.
A, B, C = 0b11110000, 0b11001100, 0b10101010
SUM3, CARRY3 = 0b10010110, 0b11101000
SUM2, CARRY2 = 0b00111100, 0b11000000


def test_adders() -> None:
    planes = {bit: Const(plane, 8) for bit, plane in enumerate((A, B, C, A, B))}
    adders = (
        Adder(column=0, inputs=(0, 1, 2), sum=5, carry=6),
        Adder(column=3, inputs=(3, 4), sum=7, carry=8),
    )
    m = Module()
    add_stage(m, adders, planes, "s1")

    async def testbench(ctx) -> None:
        assert [ctx.get(planes[bit]) for bit in (5, 6, 7, 8)] == [SUM3, CARRY3, SUM2, CARRY2]

    simulate(m, testbench, clocked=False)
    assert [planes[bit].name for bit in (5, 6, 7, 8)] == [
        "s1_b0_0_sum",
        "s1_b0_0_carry",
        "s1_b3_1_sum",
        "s1_b3_1_carry",
    ]


def test_dropped_carry() -> None:
    planes = {0: Const(A, 8), 1: Const(B, 8)}
    add_stage(Module(), (Adder(column=0, inputs=(0, 1), sum=2, carry=None),), planes, "s1")
    assert set(planes) == {0, 1, 2}


def test_memory() -> None:
    m = Module()
    address, plane, write, read = Signal(2), Signal(8), Signal(), Signal(8)
    memory = add_memory(m, "planes", columns=8, depth=3)
    memory.write_port(domain="sync", addr=address, data=plane, en=write)
    memory.read_port(domain="sync", addr=address, data=read, en=Const(1), transparent_for=())

    async def testbench(ctx) -> None:
        ctx.set(write, 1)
        for word in range(3):
            ctx.set(address, word)
            ctx.set(plane, A + word)
            await ctx.tick()
        ctx.set(write, 0)
        for word in range(3):
            ctx.set(address, word)
            ctx.set(plane, B)
            await ctx.tick()
            assert ctx.get(read) == A + word

    simulate(m, testbench)
