"""The options of an array for commands whose defaults depend on the FPGA."""

import click

from hwsim.commands.options import Command, array_options, config_option

_HELP = {
    "style": "Structure of the array; by default what measurements say suits the FPGA.",
    "lanes": "Input features a cycle (K); by default those of the largest array of `hwsim fpga "
    "sweep` that was placed and routed on the FPGA.",
    "columns": "Output features a cycle (N); by default likewise.",
    "token_depth": "Tokens whose sums are held; by default 16, 2 for the style table, 1 without "
    "LUT RAM.",
    "strip_depth": "Column tiles that a strip holds; by default 8 for the style table, else 1.",
    "group": "Lanes that share a table: 2 or 3, by default 2, for the style table; else 1.",
    "adders": "How the style tree adds; by default on carry chains, which FPGAs have.",
    "tree_registers": "Register ranks in the tree; by default one behind each addition, 2 for the "
    "style table.",
    "clock_mhz": "Clock in MHz; by default that of the board's oscillator, or 25.",
    "bandwidth_gb_s": "Memory bandwidth for weights in GB/s, rounded down to whole bits a cycle; "
    "by default a code of every column a cycle.",
}


def fpga_array_options(command: Command) -> Command:
    """Add the options of an array; those that are left out suit the FPGA.

    They are those of `hwsim.commands.options.array_options`, with --config and --reduction; see
    `hwsim.fpga_configuration.configure_for_fpga`.
    """
    command = array_options(command)
    for option in command.__click_params__:  # type: ignore[attr-defined]
        if option.name in _HELP:
            option.default = None
            option.help = _HELP[option.name]
    reduction = click.option(
        "--reduction", type=int, default=8640, help="Largest K; sets the accumulators' width."
    )
    return config_option(reduction(command))


def list_boards() -> list[str]:
    """Return the names that --board knows."""
    from rtl.fpga.boards import BOARDS

    return [*BOARDS]


def list_targets() -> list[str]:
    """Return the names that --target knows."""
    from rtl.fpga.devices import DEVICES

    return [*DEVICES]
