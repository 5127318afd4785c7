"""rtl.axi: the core on Verilator against the bus models of cocotbext-axi."""

import json
from pathlib import Path

import pytest
from benches.array_model import Shape
from benches.run_bench import run_bench

from rtl.axi.registers import REGISTERS, list_constants
from rtl.axi.verilog import TOP, emit_axi_verilog
from rtl.config import ArrayConfig

CONFIGS = {
    "tree": ArrayConfig(
        lanes=5,
        columns=3,
        token_depth=3,
        accumulator_width=13,
        weight_bus_bits=9,
        packing="five-trit",
    ),
    "table": ArrayConfig(
        style="table",
        lanes=5,
        columns=3,
        token_depth=3,
        strip_depth=2,
        group=2,
        accumulator_width=13,
        weight_bus_bits=17,
        packing="group",
    ),
}


@pytest.mark.parametrize("name", ["tree", pytest.param("table", marks=pytest.mark.slow)])
def test_core(
    name: str, tmp_path: Path, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = CONFIGS[name]
    constants = list_constants(config)
    addresses = {r.offset: constants[r.name] for r in REGISTERS if r.name in constants}
    monkeypatch.setenv("HWSIM_BENCH_CONSTANTS", json.dumps(addresses))
    counts = run_bench(
        "axi_bench",
        emit_axi_verilog(config),
        TOP,
        Shape.of(config),
        tmp_path,
        monkeypatch,
        pytestconfig.cache,
    )
    assert counts == (14, 0)  # tests, failures
