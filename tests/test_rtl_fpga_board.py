# amaranth: UnusedElaboratable=no
"""rtl.fpga.board, link, crc, protocol: checks, and the Verilog they become."""

import binascii
import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from benches.clocked import simulate

from rtl.config import ArrayConfig
from rtl.fpga.board import BoardConfig, emit_board
from rtl.fpga.boards import find_board
from rtl.fpga.crc import Crc
from rtl.fpga.link import LinkedArray
from rtl.fpga.protocol import Identity, decode_identity
from rtl.fpga.wrapper import design_board
from rtl.toolchain import find_verilator
from workloads.errors import InputError

ARRAY = ArrayConfig(
    lanes=3, columns=2, token_depth=2, accumulator_width=14, weight_bus_bits=5, clock_mhz=12.0
)
BOARD = BoardConfig(array=ARRAY, window=16)


@pytest.mark.parametrize(
    ("baud", "nearest"), [(900_000_000, 3_000_000), (7_000_000, 3_000_000), (900_000, 923_077)]
)
def test_a_baud_rate_that_the_clock_cannot_make_is_refused(baud: int, nearest: int) -> None:
    expected = (
        "baud must be within 2% of the clock / n with n at least 4, at 12 MHz for example "
        f"{nearest}, not {baud}"
    )
    with pytest.raises(InputError) as told:
        BoardConfig(array=ARRAY, baud=baud)
    assert str(told.value) == expected
    assert BoardConfig(array=ARRAY, baud=nearest).divisor in (4, 13)


def test_a_slow_serial_line_is_refused() -> None:
    assert BoardConfig(array=ARRAY, baud=1200).divisor == 10_000
    with pytest.raises(InputError, match=r"^baud must be an int of at least 1200, not 1199$"):
        BoardConfig(array=ARRAY, baud=1199)


@pytest.mark.parametrize("window", [0, 18, 65536])
def test_a_window_without_quarters_is_refused(window: int) -> None:
    with pytest.raises(InputError, match=rf"^window must be a multiple of 4 from 16 .* {window}$"):
        LinkedArray(identity=Identity(config=ARRAY, window=window))


@pytest.mark.parametrize(
    "config",
    [
        ARRAY,
        replace(ARRAY, adders="carry", tree_registers=2),
        replace(ARRAY, style="systolic", packing="five-trit", weight_bus_bits=8),
        replace(ARRAY, style="table", packing="group", group=3, strip_depth=300, token_depth=200),
    ],
)
def test_an_identity_comes_back(config: ArrayConfig) -> None:
    identity = Identity(config=config, window=512)
    assert decode_identity(identity.encode()) == identity


def test_another_version_is_refused() -> None:
    content = BOARD.identity.encode()
    with pytest.raises(InputError, match=r"^the board must speak version 1 of the link, not 9$"):
        decode_identity(b"\x09" + content[1:])
    with pytest.raises(InputError, match=r"^a reply must have \d+ bytes, not 3$"):
        decode_identity(content[:3])


def test_the_check_is_that_of_python() -> None:
    crc = Crc()
    content = bytes(range(256)) + b"123456789"

    async def testbench(ctx) -> None:
        for part in (content, b"123456789", b""):
            ctx.set(crc.start, 1)
            await ctx.tick()
            ctx.set(crc.start, 0)
            ctx.set(crc.valid, 1)
            for byte in part:
                ctx.set(crc.byte, byte)
                await ctx.tick()
            ctx.set(crc.valid, 0)
            await ctx.tick()
            assert ctx.get(crc.crc) == binascii.crc_hqx(part, 0)

    simulate(crc, testbench)


def test_verilator_and_icarus_find_no_fault(tmp_path: Path) -> None:
    (tmp_path / "ternary_board.v").write_text(emit_board(BOARD))
    root = find_verilator()
    commands = [[str(root / "bin" / "verilator_bin"), "--lint-only", "-Wall", "--quiet"]]
    if shutil.which("iverilog"):
        commands.append(["iverilog", "-Wall", "-g2005", "-o", os.devnull])
    for command in commands:
        done = subprocess.run(
            [*command, "ternary_board.v"],
            cwd=tmp_path,
            env={**os.environ, "VERILATOR_ROOT": str(root)},
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("name", "clock_mhz"), [("ulx3s-85f", 100.0), ("icebreaker", 24.0), ("tang-nano-9k", 54.0)]
)
def test_pins_and_ports_are_the_same(name: str, clock_mhz: float) -> None:
    board = find_board(name)
    config = BoardConfig(array=replace(ARRAY, clock_mhz=clock_mhz))
    design = design_board(board, config)
    top = design.verilog[design.verilog.index("module top (") :]
    ports = set(re.findall(r"(?:input|output) (\w+)", top.split(");")[0]))
    pins = re.findall(r'^(?:LOCATE COMP|set_io|IO_LOC) "?(\w+)', design.constraints, re.MULTILINE)
    assert ports == set(pins) and len(pins) == len(ports)
    assert "pll" in top.lower()
    with pytest.raises(InputError, match=r"^clock must be one that the board's PLL makes"):
        design_board(board, BoardConfig(array=replace(ARRAY, clock_mhz=1.0), baud=250_000))
