"""`hwsim energy`: where a model's energy goes, in composable scopes, beside baselines."""

from pathlib import Path
from typing import Any

import click

from hwsim.commands.completion import complete_names
from hwsim.commands.model_options import subject_option
from hwsim.commands.options import (
    array_options,
    config_option,
    note_unused,
    quantize_option,
    technology_option,
)
from hwsim.console import json_option, print_json, progress


def _list_baselines() -> list[str]:
    from energy.formats import FORMATS

    return [name for name in FORMATS if name != "ternary"]


@click.command()
@subject_option
@quantize_option
@click.option(
    "--tokens",
    type=int,
    help="Tokens of the forward pass; by default 512, or the passes that a trace recorded.",
)
@click.option(
    "--context",
    type=int,
    help="Positions that each token attends to, itself included; by default as --tokens, a "
    "prefill. A decode step is --tokens 1 --context 512.",
)
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    help="What is counted, for example paper, real-shape+lm-head, array+registers+sram+dram; may "
    "be repeated. A single scope is shown in detail.  [default: all that widen]",
)
@click.option(
    "--baseline",
    "baselines",
    multiple=True,
    help="fp16, bf16, w8a8, w4a16 or fp32; may be repeated.  [default: the first four]",
    shell_complete=complete_names(_list_baselines),
)
@click.option(
    "--node",
    "nodes",
    type=int,
    multiple=True,
    help="Technology node in nm: 7, 45, or one of --technology; may be repeated.  [default: 7]",
)
@technology_option
@click.option(
    "--dram",
    default="hbm2",
    help="ddr, ddr-per-32-bit, gddr6, hbm2, hbm2-io, lpddr4, or one of --technology.",
)
@click.option(
    "--float-sums",
    type=click.Choice(["own", "fp32"]),
    default="own",
    help="Sums of float baselines in their own format or in fp32, except in the papers' scopes.",
)
@click.option(
    "--lm-head-tokens", type=int, default=1, help="Tokens of a pass that need the LM head, at most."
)
@click.option(
    "--zero-fraction", type=float, help="Share of zero weights, 0 to 1, instead of the known one."
)
@array_options
@config_option
@json_option
def energy(
    model: str,
    quantize: str | None,
    tokens: int | None,
    context: int | None,
    scopes: tuple[str, ...],
    baselines: tuple[str, ...],
    nodes: tuple[int, ...],
    tables: tuple[Path, ...],
    dram: str,
    float_sums: str,
    lm_head_tokens: int,
    zero_fraction: float | None,
    as_json: bool,
    **array: Any,
) -> None:
    """Account for a model's energy, beside other number formats.

    Scope by scope. A scope is a base (paper, bitnet-2023, real-shape, array) and parts joined by +
    (true-accumulator, zero-skip, activity, registers, sram, dram, lm-head).

    \b
    Example: hwsim energy --model 2B-4T --tokens 1 --context 1024 --scope array+registers+dram
    """
    from energy.formats import BASELINES
    from hwsim.accounting.account import account_energy
    from hwsim.accounting.settings import EnergySettings
    from hwsim.accounting.subject import find_subject
    from hwsim.configuration import configure_array

    with progress("reading the model") as report:
        subject = find_subject(model, quantize=quantize)
        settings = EnergySettings(
            config=configure_array(subject.shape.max_reduction, **array),
            tables=tables,
            dram=dram,
            float_sums=float_sums,
            lm_head_tokens=lm_head_tokens,
            zero_fraction=zero_fraction,
        )
        report(0.0, "accounting")
        account = account_energy(
            subject,
            tokens=tokens,
            context=context,
            nodes_nm=nodes or (7,),
            scopes=scopes,
            baselines=baselines or BASELINES,
            settings=settings,
            report=report,
        )
    note_unused(tables, account.nodes_nm)
    if as_json:
        print_json(account.to_dict())
    else:
        from hwsim.accounting.tables import print_account

        print_account(account)
