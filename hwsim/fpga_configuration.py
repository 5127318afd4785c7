"""From what an FPGA user states to an array: what is not stated suits the FPGA."""

from dataclasses import replace
from typing import Any

from hwsim.configuration import configure_array
from rtl.config import ArrayConfig
from rtl.fpga.boards import BOARDS
from rtl.fpga.choices import choose_size, choose_style
from rtl.fpga.points import find_shape

_ALL_BANDWIDTH = 1e9  # GB/s: a tile a cycle
_CLOCK_MHZ = 25.0


def configure_for_fpga(
    target: str,
    *,
    reduction: int = 8640,
    style: str | None = None,
    lanes: int | None = None,
    columns: int | None = None,
    clock_mhz: float | None = None,
    bandwidth_gb_s: float | None = None,
    **stated: Any,
) -> ArrayConfig:
    """Return the array for the FPGA `target`.

    Parameters
    ----------
    style : by default the one that does most for a lookup table there, by measurement.
    lanes, columns : by default those of `rtl.fpga.choices.choose_size`.
    clock_mhz : by default that of the oscillator of a board with that FPGA, else 25.
    bandwidth_gb_s : by default a code of every column a cycle.
    stated : other parameters of `hwsim.configuration.configure_array`; None is what was measured
        there: 16 tokens, or 2 tokens of 8 tiles for `table`; for `tree` carry chains, and a
        register behind each addition.

    Raises InputError for what no array can have.
    """
    style = choose_style(target)[0] if style is None else style
    size = choose_size(target)
    lanes, columns = (
        given if given is not None else usual
        for given, usual in zip((lanes, columns), size, strict=True)
    )
    oscillators = (board.oscillator_mhz for board in BOARDS.values() if board.target == target)
    clock_mhz = next(oscillators, _CLOCK_MHZ) if clock_mhz is None else clock_mhz
    given = {name: value for name, value in stated.items() if value is not None}
    config = configure_array(
        reduction,
        style=style,
        lanes=lanes,
        columns=columns,
        clock_mhz=clock_mhz,
        bandwidth_gb_s=_ALL_BANDWIDTH if bandwidth_gb_s is None else bandwidth_gb_s,
        **(find_shape(target, style, lanes) | given),
    )
    if bandwidth_gb_s is not None:
        return config
    return replace(config, weight_bus_bits=min(config.code_bits * columns, config.weight_bus_bits))
