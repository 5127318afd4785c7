"""The array as Verilog: the same bytes for the same configuration."""

from functools import cache

from amaranth.back import verilog

from rtl.array import TernaryArray
from rtl.config import ArrayConfig


@cache
def emit_verilog(config: ArrayConfig) -> str:
    return verilog.convert(
        TernaryArray(config=config),
        name="ternary_array",
        emit_src=False,
        strip_internal_attrs=True,
    )
