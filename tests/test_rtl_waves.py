"""rtl.waves: FST and VCD files that tell what the array did, in names that a person can read."""

import re
from pathlib import Path

import numpy as np
import pytest
from waves import Waves

from rtl.compiled import CompiledArray
from rtl.config import STYLES, ArrayConfig
from rtl.verilog import TOP, emit_verilog
from rtl.waves import FORMATS, choose_format
from workloads.errors import InputError

PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "waves.md"
CONFIG = ArrayConfig(
    style="systolic",
    lanes=3,
    columns=2,
    token_depth=4,
    accumulator_width=14,
    weight_bus_bits=4,
)


def draw_operands() -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(0)
    return draw.integers(-128, 128, (5, 7), np.int8), draw.integers(-1, 2, (3, 7), np.int8)


def read_results(waves: Waves, cycles: int) -> list[list[int]]:
    """Return the sums of every result beat that was transferred, in order."""
    bits = CONFIG.accumulator_width
    valid, ready, payload = (
        waves.read(f"results__{member}", cycles) for member in ("valid", "ready", "payload")
    )
    beats = []
    for beat in (p for v, r, p in zip(valid, ready, payload, strict=True) if v and r):
        words = [
            sum((beat >> plane * CONFIG.columns + c & 1) << plane for plane in range(bits))
            for c in range(CONFIG.columns)
        ]
        beats.append([word - (word >> bits - 1 << bits) for word in words])
    return beats


@pytest.mark.parametrize("style", STYLES)
def test_the_page_names_signals_that_there_are(style: str) -> None:
    """Modules and signals of the Verilog, for each row of the page's table that has the style."""
    table = {"group": 2, "strip_depth": 2, "packing": "group"} if style == "table" else {}
    config = ArrayConfig(
        style=style, lanes=8, columns=4, token_depth=4, weight_bus_bits=16, **table
    )
    modules = re.findall(r"^module (\w+)(.*?)^endmodule", emit_verilog(config), re.M | re.S)
    known = {
        f"{module}.{name}"
        for module, text in modules
        for name in re.findall(r"\b(\w+)(?: \[\d+:\d+\])?(?: =[^;]*)?;", text)
    }
    named = 0
    for cell in re.findall(r"^\| (`.*?) \|", PAGE.read_text(encoding="utf-8"), re.M):
        styles = re.findall(r"`(\w+)`", cell.partition("(")[2])
        path = "__"
        for name in re.findall(r"`([\w.]+)`", cell.partition("(")[0]):
            path = path.rpartition(".")[0] + name if name.startswith(".") else f"{TOP}.{name}"
            module, _, signal = path.rpartition(".")
            if (styles and style not in styles) or name.startswith("__") or "." not in name:
                continue
            assert f"{module.replace('.', '_')}.{signal}" in known, path
            named += 1
    assert named > 10


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_file_tells_what_happened(suffix: str, tmp_path: Path) -> None:
    x, w = draw_operands()
    path = tmp_path / f"run{suffix}"
    with CompiledArray(CONFIG, waves=choose_format(path)) as array:
        unseen = array.run(x, w)
        with array.record(path):
            run = array.run(x, w)
        assert array.run(x, w).cycles == run.cycles == unseen.cycles
    waves = Waves(path)
    assert waves.format == suffix[1:].upper()
    assert {
        "core.loader.swap",
        "core.loader.positive0_beat0",
        "core.loader.positive0_latest",
        "core.intake.lanes__0",
        "core.grid.row2.selected_c1",
        "core.grid.row2.sum_c1",
        "core.grid.row0.weight_negative",
        "core.accumulator.sum_c0",
        "queue.head",
    } <= waves.names
    assert not [name for name in waves.names if "._" in name or name.startswith("_")]

    cycles = run.cycles + 2  # a cycle of reset, then cycle 0
    assert waves.read("cycles", cycles)[2:] == list(range(run.cycles))
    assert waves.read("rst", cycles) == [1] + [0] * (cycles - 1)
    y = x.astype(int) @ w.T.astype(int)
    beats = read_results(waves, cycles)
    blocks = [range(4), range(4, 5)]
    owed = [
        [int(y[m, n]) if n < 3 else 0 for n in (first, first + 1)]
        for block in blocks
        for first in (0, 2)
        for m in block
    ]
    assert beats == owed


def test_a_failed_recording_leaves_no_file(tmp_path: Path) -> None:
    with CompiledArray(CONFIG, waves=FORMATS[".vcd"]) as array:
        with pytest.raises(InputError, match="M must be"), array.record(tmp_path / "no.vcd"):
            array.run(*(np.zeros((2**16, 1), np.int8), np.zeros((1, 1), np.int8)))
        assert list(tmp_path.iterdir()) == []
        with pytest.raises(InputError, match="waves must be in a folder that can be written"):
            array.record(tmp_path / "none" / "no.vcd").__enter__()


@pytest.mark.parametrize("name", ["waves", "waves.txt", "waves.fst.gz"])
def test_other_names(name: str) -> None:
    with pytest.raises(InputError) as error:
        choose_format(Path(name))
    assert str(error.value) == f"waves must be a file named .fst or .vcd, not {name}"


def test_fst_compresses(tmp_path: Path) -> None:
    x = np.tile(draw_operands()[0], (20, 1))
    w = np.tile(draw_operands()[1], (10, 1))
    sizes = {}
    for suffix, waves in FORMATS.items():
        path = tmp_path / f"run{suffix}"
        with CompiledArray(CONFIG, waves=waves) as array, array.record(path):
            array.run(x, w)
        sizes[suffix] = path.stat().st_size
    assert sizes[".fst"] < sizes[".vcd"] / 3
