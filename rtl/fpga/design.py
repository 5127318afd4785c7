"""What the tools build: Verilog, and pins if it has any."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Design:
    """What is built.

    Attributes
    ----------
    verilog : all modules.
    top : the module that is built.
    constraints : pins, in the device's own language (LPF, PCF or CST); empty for a module that is
        placed and routed by itself, without pins.
    """

    verilog: str
    top: str
    constraints: str = ""
