"""hwsim.fpga_build: place and route from several seeds."""

from types import SimpleNamespace

import pytest

from hwsim.fpga_build import build_board
from hwsim.fpga_configuration import configure_for_fpga
from rtl.fpga.board import BoardConfig
from rtl.fpga.boards import find_board
from workloads.errors import ToolError


@pytest.mark.parametrize(("goal", "tries"), [(12.0, 1), (24.0, 3), (48.0, 4)])
def test_seeds_are_tried_until_the_clock_is_reached(
    goal: float, tries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    clocks = (20.0, 15.0, 30.0, 22.0)
    tried = []

    def build(*args: object, seed: int) -> SimpleNamespace:
        tried.append(seed)
        return SimpleNamespace(timing=SimpleNamespace(fmax_mhz=clocks[seed - 1]), archive="kept")

    monkeypatch.setattr("hwsim.fpga_build.build", build)
    array = configure_for_fpga("ice40-up5k", lanes=2, columns=2, style="tree", clock_mhz=goal)
    settings = BoardConfig(array=array, baud=1_000_000)
    if goal > max(clocks):
        with pytest.raises(ToolError, match=r"reached 30\.0 MHz, .* more than 4 with --seeds"):
            build_board(find_board("icebreaker"), settings, seeds=4)
    else:
        assert build_board(find_board("icebreaker"), settings, seeds=4).seed == tries
    assert tried == [1, 2, 3, 4][:tries]
