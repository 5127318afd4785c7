"""Delay by a shift register."""

from amaranth.hdl import Cat, Module, Signal, Value


def delay(m: Module, value: Value, cycles: int, name: str, *, reset_less: bool = True) -> Value:
    """Return the bits that `value` had `cycles` ago, through a shift register called `name`."""
    if cycles == 0:
        return value
    register = Signal(cycles * len(value), name=name, reset_less=reset_less)
    m.d.sync += register.eq(Cat(value, register))
    return register[-len(value) :]
