"""Options that several commands share, each with its unit and default."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from hwsim.file_settings import remember_settings
from workloads.errors import InputError

Command = TypeVar("Command", bound=Callable[..., Any])


def _take_settings(context: click.Context, option: click.Parameter, path: Path | None) -> None:
    if path is not None:
        from hwsim.settings import read_settings

        own = {parameter.name for parameter in context.command.params}
        values = read_settings(path)
        remember_settings(context, path)
        context.default_map = {name: value for name, value in values.items() if name in own}


config_option = click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    is_eager=True,
    expose_value=False,
    callback=_take_settings,
    help="TOML file of settings (see `hwsim init`); options given here override it.",
)

_ARRAY = (
    click.option(
        "--style",
        type=click.Choice(["tree", "table", "systolic"]),
        default="tree",
        help="Structure of the array.",
    ),
    click.option("--lanes", type=int, default=64, help="Input features a cycle (K)."),
    click.option("--columns", type=int, default=64, help="Output features a cycle (N)."),
    click.option("--token-depth", type=int, default=64, help="Tokens whose sums are held."),
    click.option(
        "--strip-depth",
        type=int,
        help="Column tiles that a strip holds; by default 16 for the style table, else 1.",
    ),
    click.option(
        "--group",
        type=int,
        help="Lanes that share a table: 2 or 3, by default 3, for the style table; else 1.",
    ),
    click.option(
        "--packing",
        type=click.Choice(["two-bit", "five-trit", "group"]),
        help="Code of the weights in memory; by default group for the style table, which alone "
        "has it, else two-bit.",
    ),
    click.option(
        "--adders",
        type=click.Choice(["compressor", "carry"]),
        default="compressor",
        help="How the style tree adds: by compressors, or on carry chains, which suit FPGAs.",
    ),
    click.option("--tree-registers", type=int, default=0, help="Register ranks in the tree."),
    click.option("--clock", "clock_mhz", type=float, default=1000.0, help="Clock in MHz."),
    click.option(
        "--bandwidth",
        "bandwidth_gb_s",
        type=float,
        default=256.0,
        help="Memory bandwidth for weights in GB/s (10^9 bytes a second), rounded "
        "down to whole bits a cycle, at most a tile a cycle.",
    ),
)


def array_options(command: Command) -> Command:
    """Add the options that describe an array; see `hwsim.configuration.configure_array`."""
    for option in reversed(_ARRAY):
        command = option(command)
    return command


technology_option = click.option(
    "--technology",
    "tables",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="CSV with your own operations and memories; its rows replace shipped ones.",
)


def note_unused(tables: Sequence[Path], nodes_nm: Collection[int]) -> None:
    """Note on stderr each row of the user's tables that energies at `nodes_nm` do not rest on."""
    if tables:
        from energy.unused import list_unused

        for text in list_unused(tables, nodes_nm):
            click.echo(f"note: {text}", err=True)


overwrite_option = click.option(
    "--overwrite",
    is_flag=True,
    help="Replace a result that is there already; else it is refused before any work.",
)

quantize_option = click.option(
    "--quantize",
    type=click.Choice(["absmean"]),
    help="Take a checkpoint as ternary whose files do not say so.",
)


_SAMPLING = (
    click.option("--temperature", type=float, default=0.0, help="0 takes the likeliest token."),
    click.option("--top-p", type=float, default=1.0, help="Probability mass to draw from."),
)


def sampling_options(command: Command) -> Command:
    """Add the options that say how tokens are chosen; see `workloads.generation.generate`."""
    for option in reversed(_SAMPLING):
        command = option(command)
    return command


def _need_waves(context: click.Context, option: click.Parameter, name: str | None) -> str | None:
    if name is not None and context.params.get("waves") is None:
        raise InputError("matmul must be given with --waves, not alone")
    return name


_WAVES = (
    click.option(
        "--waves",
        is_eager=True,  # --matmul asks for it
        type=click.Path(dir_okay=False, path_type=Path),
        help="Record all signals of the array during one matmul: a file named .fst or .vcd.",
    ),
    click.option(
        "--matmul",
        callback=_need_waves,
        help="Which one --waves records: its number, a projection (q_proj) or one of a layer "
        "(3.q_proj).  [default: the first]",
    ),
)


def waves_options(command: Command) -> Command:
    """Add the options that record waveforms; see `hwsim.waves.record_waves`."""
    for option in reversed(_WAVES):
        command = option(command)
    return command
