"""rtl.proofs.verilog: the emitted Verilog is the gateware, and broken Verilog is not."""

import pytest

from rtl.config import ArrayConfig
from rtl.proofs.sizes import SMALL, SMALL_GRID
from rtl.proofs.verilog import prove_verilog
from rtl.verilog import emit_verilog

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
